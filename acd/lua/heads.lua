-- The first of every line, if there is anybody on both sides.
-- KEYS: set of the lines of waiting contacts, set of the lines of ready agents.
-- ARGV: prefix of keys, most agents to send along.
-- Answers {contacts, agents, objects}: both {line, id, score, ...}, and as JSON the
-- foremost contact and the foremost agents, so that the usual decision needs no more.
local function heads(registry)
  local found = {}
  for _, line in ipairs(redis.call('SMEMBERS', registry)) do
    local head = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
    if head[1] then found[#found + 1] = {line, head[1], head[2]} end
  end
  table.sort(found, function(a, b)
    local x, y = tonumber(a[3]), tonumber(b[3])
    return x < y or (x == y and a[2] < b[2])
  end)
  return found
end

local function flat(found)
  local answer = {}
  for _, head in ipairs(found) do
    for i = 1, 3 do answer[#answer + 1] = head[i] end
  end
  return answer
end

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 0 then
  return {{}, {}, {}}
end
local contacts, agents, keys = heads(KEYS[1]), heads(KEYS[2]), {}
keys[1] = ARGV[1] .. ':contact:' .. contacts[1][2]
for i = 1, math.min(#agents, tonumber(ARGV[2])) do
  keys[i + 1] = ARGV[1] .. ':agent:' .. agents[i][2]
end
return {flat(contacts), flat(agents), redis.call('MGET', unpack(keys))}
