-- Take back what reserve_try.lua counted: the password was right, or was not looked at.
-- KEYS: as there. ARGV: lane, right ('1' or '0'), device, place, now, known places kept, seconds
local lanes = {{2, 3}, {4, 5}, {4, #KEYS}}
local lane = lanes[tonumber(ARGV[1])]
for i = lane[1], lane[2] do
  if ARGV[2] == '1' and i <= 5 then
    redis.call('DEL', KEYS[i])
  elseif tonumber(redis.call('GET', KEYS[i]) or '0') > 0 then
    redis.call('DECR', KEYS[i])
  end
end
if ARGV[2] == '1' then
  if ARGV[3] ~= '' then
    redis.call('ZADD', KEYS[1], ARGV[5], 'd:' .. ARGV[3])
  end
  redis.call('ZADD', KEYS[1], ARGV[5], 'a:' .. ARGV[4])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -tonumber(ARGV[6]) - 1)
  redis.call('EXPIRE', KEYS[1], tonumber(ARGV[7]))
end
return 1
