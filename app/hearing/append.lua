-- Adds one entry to each of KEYS[2..] (a stream may occur again), numbered 0-1, 0-2, ...
-- KEYS[1]: what this batch is remembered under, so that a repetition adds nothing.
-- ARGV: most entries of a stream, seconds a stream lives on, seconds a batch is
-- remembered, then the value of each entry.
local known = redis.call('GET', KEYS[1])
if known then
  return known
end
local ids = {}
for i = 2, #KEYS do
  ids[#ids + 1] = redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[1], '0-*', 'e', ARGV[i + 2])
  redis.call('EXPIRE', KEYS[i], ARGV[2])
end
local answer = table.concat(ids, ' ')
redis.call('SET', KEYS[1], answer, 'EX', ARGV[3])
return answer
