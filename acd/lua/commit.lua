-- One change, all or nothing.
-- ARGV[1]: the plan as JSON; ARGV[2..]: JSON texts, which the plan names by index.
--   things: {key, version it must have now (0: must not exist), index, seconds to live or 0}
--   room:   {sorted set, most members it may have before this change}
--   leave:  {sorted set, member, set of non-empty lines or ''}
--   join:   {sorted set, member, set of non-empty lines or '', score}
--   add:    {set, member}
--   dirty:  {hash, id, version}
--   events: {list of the contact or '', index};  stream: {key, most entries}
-- Answers {'ok'}, or, with nothing changed, {'conflict', key} or {'full', key}.
local plan = cjson.decode(ARGV[1])

local first = plan.things[1]
if first and redis.call('GET', first[1]) == ARGV[first[3]] then
  return {'ok'} -- this very write (each has a token), of which the answer was lost
end
for _, thing in ipairs(plan.things) do
  local stored = redis.call('GET', thing[1])
  local version = stored and cjson.decode(stored).version or 0
  if version ~= thing[2] then return {'conflict', thing[1]} end
end
for _, room in ipairs(plan.room) do
  if redis.call('ZCARD', room[1]) >= room[2] then return {'full', room[1]} end
end

for _, thing in ipairs(plan.things) do
  if thing[4] > 0 then
    redis.call('SET', thing[1], ARGV[thing[3]], 'EX', thing[4])
  else
    redis.call('SET', thing[1], ARGV[thing[3]])
  end
end
for _, line in ipairs(plan.leave) do
  redis.call('ZREM', line[1], line[2])
  if line[3] ~= '' and redis.call('EXISTS', line[1]) == 0 then
    redis.call('SREM', line[3], line[1])
  end
end
for _, line in ipairs(plan.join) do
  redis.call('ZADD', line[1], line[4], line[2])
  if line[3] ~= '' then redis.call('SADD', line[3], line[1]) end
end
for _, member in ipairs(plan.add) do redis.call('SADD', member[1], member[2]) end
for _, dirty in ipairs(plan.dirty) do redis.call('HSET', dirty[1], dirty[2], dirty[3]) end
for _, event in ipairs(plan.events) do
  if event[1] ~= '' then redis.call('RPUSH', event[1], ARGV[event[2]]) end
  redis.call('XADD', plan.stream[1], 'MAXLEN', '~', plan.stream[2], '*', 'e', ARGV[event[2]])
end
return {'ok'}
