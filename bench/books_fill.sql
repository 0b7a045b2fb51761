-- SPDX-License-Identifier: MIT
-- bench/reports.py: what stands behind the rows of log_entry. 300 users, 40 services, 2000 keys, 2600 profiles, 50
-- models, 8 providers. Ids begin at 1000, past those of the first start.
insert into users (id, username, created_at, updated_at)
  select 1000 + n, 'user-' || n, now(), now() from generate_series(1, 300) n;
insert into services (id, name, created_at, updated_at)
  select 1000 + n, 'service-' || n, now(), now() from generate_series(1, 40) n;
insert into process (id, logos_key, name, user_id, service_id, created_at, updated_at)
  select 1000 + n, 'bench-' || n, 'key-' || n, 1001 + n % 300, case when n % 3 = 0 then 1001 + n % 40 end, now(), now()
  from generate_series(1, 2000) n;
insert into profiles (id, name, process_id, created_at, updated_at)
  select 1000 + n, 'default', 1000 + n, now(), now() from generate_series(1, 2000) n;
insert into profiles (id, name, process_id, created_at, updated_at)
  select 3000 + n, 'second', 1000 + 3 * n, now(), now() from generate_series(1, 600) n;
insert into providers (id, name, base_url, enabled, created_at, updated_at)
  select 1000 + n, 'provider-' || n, 'http://127.0.0.1:9', false, now(), now() from generate_series(1, 8) n;
insert into models (id, name, created_at, updated_at)
  select 1000 + n, 'model-' || n, now(), now() from generate_series(1, 50) n;
