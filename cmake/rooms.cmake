# Several sources of a target as one. Names in their unnamed namespaces must differ, then.
function(logos_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${LOGOS_UNITY} UNITY_BUILD_BATCH_SIZE 6)
endfunction()

# A room is a folder, a namespace and a static library. Its arrows are what it names under NEEDS, and nothing else links.
#
#   logos_room(net SOURCES a.cpp b.cpp NEEDS core USES simdjson::simdjson PCH <vector> ...)
#
# NEEDS names rooms, USES names libraries from outside, PCH headers to precompile, PCH_OF a room whose precompiled
# headers serve here too.
function(logos_room name)
  cmake_parse_arguments(ROOM "" "PCH_OF" "SOURCES;NEEDS;USES;PCH" ${ARGN})
  add_library(logos_${name} STATIC ${ROOM_SOURCES})
  foreach(need IN LISTS ROOM_NEEDS)
    target_link_libraries(logos_${name} PUBLIC logos_${need})
  endforeach()
  target_link_libraries(logos_${name} PUBLIC ${ROOM_USES} PRIVATE logos_options)
  target_include_directories(logos_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  if(ROOM_PCH AND LOGOS_PCH)
    target_precompile_headers(logos_${name} PRIVATE ${ROOM_PCH})
  elseif(ROOM_PCH_OF AND LOGOS_PCH)
    target_precompile_headers(logos_${name} REUSE_FROM logos_${ROOM_PCH_OF})
  endif()
  # What speaks CAF is slow to compile, and several sources at once take little longer than one.
  if(ROOM_PCH_OF STREQUAL "protocol")
    logos_compile_together(logos_${name})
  endif()
endfunction()

# How the code of tests is compiled, and the headers that it precompiles.
function(logos_test_options name)
  target_link_libraries(${name} PRIVATE logos_options)
  if(LOGOS_SANITIZE)
    target_compile_definitions(${name} PRIVATE LOGOS_SANITIZED)
  endif()
  # It is compiled in a third of the time without this; what it tests is built as asked for.
  if(LOGOS_SANITIZE MATCHES undefined)
    target_compile_options(${name} PRIVATE -O0 -fno-sanitize=undefined)
  endif()
endfunction()

# A test program: logos_test(net_test SUITE unit SOURCES a_test.cpp NEEDS net). SUITE is its ctest label.
function(logos_test name)
  cmake_parse_arguments(TEST "" "SUITE;TIMEOUT" "SOURCES;NEEDS;USES" ${ARGN})
  if(NOT LOGOS_TESTS)
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  foreach(need IN LISTS TEST_NEEDS)
    target_link_libraries(${name} PRIVATE logos_${need})
  endforeach()
  target_link_libraries(${name} PRIVATE ${TEST_USES} GTest::gtest_main)
  logos_test_options(${name})
  if("virtual_system" IN_LIST TEST_NEEDS)
    logos_compile_together(${name})
  endif()
  if(LOGOS_PCH AND "virtual_system" IN_LIST TEST_NEEDS)
    target_precompile_headers(${name} REUSE_FROM logos_actor_test_headers)
  elseif(LOGOS_PCH)
    target_precompile_headers(${name} REUSE_FROM logos_test_headers)
  endif()
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 60)
  endif()
  # What a suite of ./test builds: `unit_tests`, `net_tests` and so on.
  if(NOT TARGET ${TEST_SUITE}_tests)
    add_custom_target(${TEST_SUITE}_tests)
  endif()
  add_dependencies(${TEST_SUITE}_tests ${name})
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${TEST_SUITE} TIMEOUT ${TEST_TIMEOUT})
endfunction()
