// SPDX-License-Identifier: MIT
// Ollama's module carries no `vendor` folder (Go leaves such folders out of a module), so miniaudio is missing in it, and
// Debian 12 does not package it. These tests send no sound: every call fails, which Ollama reports as an unreadable file.
#pragma once
#include <cstddef>
#include <cstdint>

using ma_uint32 = std::uint32_t;
using ma_uint64 = std::uint64_t;
enum ma_result { MA_SUCCESS = 0, MA_NOT_IMPLEMENTED = -29 };
enum ma_format { ma_format_f32 = 5 };
struct ma_decoder_config {};
struct ma_decoder {};

static ma_decoder_config ma_decoder_config_init(ma_format, ma_uint32, ma_uint32) { return {}; }
static ma_result ma_decoder_init_memory(const void*, std::size_t, const ma_decoder_config*, ma_decoder*) { return MA_NOT_IMPLEMENTED; }
static ma_result ma_decoder_get_length_in_pcm_frames(ma_decoder*, ma_uint64*) { return MA_NOT_IMPLEMENTED; }
static ma_result ma_decoder_read_pcm_frames(ma_decoder*, void*, ma_uint64, ma_uint64*) { return MA_NOT_IMPLEMENTED; }
static ma_result ma_decoder_uninit(ma_decoder*) { return MA_SUCCESS; }
