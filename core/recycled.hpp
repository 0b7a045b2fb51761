// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <cstddef>
#include <new>

namespace logos::core {

/// Base of a type of which every request makes one, and which is too large for what malloc keeps at hand: the memory of
/// one that was destroyed goes to the next of its type on the same thread. A thread keeps so many at most. Whatever
/// derives from `T` itself is allocated as usual. Sanitizers see each allocation: there, nothing is kept.
template <class T, std::size_t most_kept = 64>
class recycled {
public:
  static void* operator new(std::size_t bytes) {
    auto& spare = spare_here();
    if (bytes != sizeof(T) || spare.count == 0) return ::operator new(bytes);
    return spare.memory[--spare.count];
  }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    auto& spare = spare_here();
    if (bytes != sizeof(T) || spare.count >= spare.most) return ::operator delete(memory);
    spare.memory[spare.count++] = memory;
  }

private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool keeps = false;
#elif defined(__has_feature)
  static constexpr bool keeps = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
  static constexpr bool keeps = true;
#endif
  struct spare_memory {
    std::array<void*, most_kept> memory;
    std::size_t count = 0;
    std::size_t most = keeps ? most_kept : 0;

    ~spare_memory() {
      most = 0; // the thread ends: what is destroyed later is freed
      while (count != 0)
        ::operator delete(memory[--count]);
    }
  };
  static spare_memory& spare_here() {
    thread_local spare_memory spare;
    return spare;
  }
};

} // namespace logos::core
