-- Count one try at a log-in and check the bounds in one step, before the password is looked at.
-- KEYS: known places of the log-in; then device short, device long, pair short, pair long,
--       name, place, everybody
-- ARGV: device ('' for none), place, then limit and window (seconds) of each bucket
-- Returns {0, seconds to wait} or {1, lane}: lane 1 a known device, 2 a known place, 3 a stranger.
local known, device, place = KEYS[1], ARGV[1], ARGV[2]
local lane, first, last = 3, 4, 8
if device ~= '' and redis.call('ZSCORE', known, 'd:' .. device) then
  lane, first, last = 1, 2, 3
elseif redis.call('ZSCORE', known, 'a:' .. place) then
  lane, first, last = 2, 4, 5
end
local wait = 0
for i = first, last do
  local limit = tonumber(ARGV[2 * i - 1])
  if tonumber(redis.call('GET', KEYS[i]) or '0') >= limit then
    wait = math.max(wait, redis.call('TTL', KEYS[i]), 1)
  end
end
if wait > 0 then
  return {0, wait}
end
for i = first, last do
  if redis.call('INCR', KEYS[i]) == 1 then
    redis.call('EXPIRE', KEYS[i], tonumber(ARGV[2 * i]))
  end
end
return {1, lane}
