-- Count one try at a log-in and check the bounds in one step, before the password is looked at.
-- KEYS: known places of the log-in; then device short, device long, pair short, pair long,
--       name, everybody, place and the networks around it (none, one or two)
-- ARGV: device ('' for none), place, then limit and window (seconds) of each bucket
-- Returns {0, seconds to wait, 0} or {1, lane, crowded}: lane 1 a known device, 2 a known
-- place, 3 a stranger. Crowded is 1 when everybody's bound is passed; that refuses nobody.
local known, device, place = KEYS[1], ARGV[1], ARGV[2]
local EVERYBODY = 7
local lane, first, last = 3, 4, #KEYS
if device ~= '' and redis.call('ZSCORE', known, 'd:' .. device) then
  lane, first, last = 1, 2, 3
elseif redis.call('ZSCORE', known, 'a:' .. place) then
  lane, first, last = 2, 4, 5
end
local wait, crowded = 0, 0
for i = first, last do
  local limit = tonumber(ARGV[2 * i - 1])
  if tonumber(redis.call('GET', KEYS[i]) or '0') >= limit then
    if i == EVERYBODY then
      crowded = 1
    else
      wait = math.max(wait, redis.call('TTL', KEYS[i]), 1)
    end
  end
end
if wait > 0 then
  return {0, wait, 0}
end
for i = first, last do
  if redis.call('INCR', KEYS[i]) == 1 then
    redis.call('EXPIRE', KEYS[i], tonumber(ARGV[2 * i]))
  end
end
return {1, lane, crowded}
