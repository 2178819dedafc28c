-- A router says that it lives, and leads if nobody does.
-- KEYS: leader, epoch, registry of routers, HTTP addresses of nodes.
-- ARGV: process, its node, milliseconds for which this holds, '1' to take over from a
--   process of the same node (which the new one has replaced), HTTP address of the node
--   (empty: none that others can reach).
-- Answers {epoch if this process leads, else 0; the living processes; 1 if this process
--   was registered until now, so that the others told it what they wrote; node, address...}.
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local known = redis.call('ZSCORE', KEYS[3], ARGV[1]) and 1 or 0
redis.call('ZADD', KEYS[3], ms + ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ms - 60000)
local leader = redis.call('GET', KEYS[1])
local epoch = 0
if leader == ARGV[1] then
  epoch = tonumber(redis.call('GET', KEYS[2]))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
elseif not leader
  or (ARGV[4] == '1' and string.sub(leader, 1, #ARGV[2] + 1) == ARGV[2] .. '/') then
  epoch = redis.call('INCR', KEYS[2])
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
if ARGV[5] == '' then
  redis.call('HDEL', KEYS[4], ARGV[2])
else
  redis.call('HSET', KEYS[4], ARGV[2], ARGV[5])
end
local living = redis.call('ZRANGEBYSCORE', KEYS[3], ms, '+inf')
return {epoch, living, known, redis.call('HGETALL', KEYS[4])}
