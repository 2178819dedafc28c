-- The first of every line, if there is anybody on both sides.
-- KEYS: set of the lines of waiting contacts, set of the lines of ready agents.
-- Answers {{line, id, score, ...}, {line, id, score, ...}}.
local function heads(registry)
  local found = {}
  for _, line in ipairs(redis.call('SMEMBERS', registry)) do
    local head = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')
    if head[1] then
      found[#found + 1] = line
      found[#found + 1] = head[1]
      found[#found + 1] = head[2]
    end
  end
  return found
end

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 0 then
  return {{}, {}}
end
return {heads(KEYS[1]), heads(KEYS[2])}
