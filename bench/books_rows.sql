-- SPDX-License-Identifier: MIT
-- bench/reports.py: rows {first} to {last} of {rows} in log_entry, spread over the {days} days before {end}. Who asks
-- is skewed (a tenth of the keys makes a third of the requests), a key uses four models, one request in forty fails,
-- one in a hundred has a rare mark. The same number always makes the same row.
insert into log_entry (timestamp_request, timestamp_forwarding, timestamp_response, time_at_first_token, request_id,
  process_id, user_id, service_id, profile_id, provider_id, model_id, deployment_id, privacy_level, priority, priority_when_scheduled, mode,
  stream, attempts, http_status, result_status, error_code, usage_source, queue_depth_at_arrival,
  queue_depth_at_schedule, utilization_at_arrival, queue_wait_ms, load_duration_ms, prompt_tokens, completion_tokens,
  total_tokens, prompt_cached_tokens, prompt_cache_creation_tokens, prompt_audio_tokens, completion_reasoning_tokens,
  completion_audio_tokens, audio_milliseconds, hold_nano, cost_nano, price_id, request_bytes, response_bytes, path,
  node, error_message, dataset, decision)
select at, at + interval '2 ms', at + interval '900 ms', case when result = 'success' then at + interval '90 ms' end,
  lpad(to_hex((extract(epoch from at) * 1000)::bigint >> 16), 8, '0') || '-' ||
    lpad(to_hex((extract(epoch from at) * 1000)::bigint & 65535), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'),
  1000 + k, 1001 + k % 300, case when k % 3 = 0 then 1001 + k % 40 end, case when k % 3 = 0 and k <= 1800 and h3 % 2 = 0 then 3000 + k / 3 else 1000 + k end, 1001 + m % 8, 1001 + m,
  m, 'BILLING', 'medium', 'medium', 'interactive', h3 % 3 = 0, 1, case result when 'success' then 200 when 'client_gone'
  then 499 when 'timeout' then 504 else 502 end, result, case when result <> 'success' then 'upstream_error' end,
  case when result = 'success' then 'provider' else 'partial' end, h3 % 5, h3 % 7, 0.5, (h3 % 20000) / 1000.0, 0,
  prompt, answer, prompt + answer, case when h3 % 4 = 0 then prompt / 2 else 0 end, 0, 0,
  case when m % 10 = 0 then answer / 2 else 0 end, 0, 0, 4 * (prompt * 150 + answer * 600), prompt * 150 + answer * 600,
  1, 300 + prompt * 4, 500 + answer * 4, '/v1/chat/completions', case when h3 % 2 = 0 then 'node-a' else 'node-b' end,
  case when result <> 'success' then 'the provider did not answer' end,
  case when h2 % 100 = 0 then 'dataset-' || (h2 / 100) % 20 end, 'named'
from (
  select n, at, h2, h3, k, (k * 7 + ((h2 % 1000) * (h2 % 1000) * 4 / 1000000)) % 50 as m, 50 + h2 % 4000 as prompt,
    20 + h3 % 900 as answer,
    case when h3 % 40 <> 0 then 'success' when h2 % 5 = 0 then 'client_gone' when h2 % 7 = 0 then 'timeout'
      when h2 % 110 = 1 then 'partial' else 'error' end as result
  from (
    select n, date_trunc('microsecond', timestamptz '{end}' - interval '1 day' * {days} * (1 - (n + random_part) / {rows}))
        as at, h2, h3, 1 + floor(2000 * power((h1 % 1000000) / 1000000.0, 2))::bigint as k
    from (
      select n, (hashint8extended(n, 11) & 1048575) / 1048576.0 as random_part, hashint8extended(n, 1) & 2147483647 as h1,
        hashint8extended(n, 2) & 2147483647 as h2, hashint8extended(n, 3) & 2147483647 as h3
      from generate_series({first}::bigint, {last}::bigint) n) a) b) c;
