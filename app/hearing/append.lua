-- Adds one entry to each of KEYS[3..] (a stream may occur again), numbered 0-1, 0-2, ...
-- KEYS[1]: what this batch is remembered under, so that a repetition adds nothing.
-- KEYS[2]: the set of contacts of which something is to be stored.
-- ARGV: most entries of a stream, seconds a stream lives on, seconds a batch is
-- remembered; then of each entry its value, and the contact if it is to be stored, or ''.
local known = redis.call('GET', KEYS[1])
if known then
  return known
end
local ids = {}
for i = 3, #KEYS do
  local at = 2 * i - 2
  ids[#ids + 1] = redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[1], '0-*', 'e', ARGV[at])
  redis.call('EXPIRE', KEYS[i], ARGV[2])
  if ARGV[at + 1] ~= '' then
    redis.call('SADD', KEYS[2], ARGV[at + 1])
  end
end
local answer = table.concat(ids, ' ')
redis.call('SET', KEYS[1], answer, 'EX', ARGV[3])
return answer
