-- A contact with all that is bound to it, or an agent with all they have in hand,
-- read at one instant.
-- ARGV: prefix of keys, kind ('contact', 'agent' or 'offer'), id, and optionally the
-- id of a further agent.
-- Answers {contact, agent, offer, consulted agent, further agent, agent in the customer's
-- place, contact, offer, ...}:
-- JSON or false; the pairs at the end are those of the agent's assignments.
local function read(kind, id)
  if type(id) ~= 'string' then return false, {} end
  local text = redis.call('GET', ARGV[1] .. ':' .. kind .. ':' .. id)
  if not text then return false, {} end
  return text, cjson.decode(text)
end

local answer = {false, false, false, false, false, false}
local of
if ARGV[2] == 'agent' then
  answer[2], of = read('agent', ARGV[3])
  for _, one in ipairs(of.assignments or {}) do
    answer[#answer + 1] = (read('contact', one.contact_id))
    answer[#answer + 1] = (read('offer', one.offer_id))
  end
else
  local id = ARGV[3]
  if ARGV[2] == 'offer' then
    answer[3], of = read('offer', id)
    id = of.contact_id
    answer[2] = (read('agent', of.agent_id))
    answer[1], of = read('contact', id)
    answer[6] = (read('agent', of.peer_agent_id))
  else
    answer[1], of = read('contact', id)
    answer[2] = (read('agent', of.agent_id))
    answer[3] = (read('offer', of.offer_id))
    answer[4] = (read('agent', of.consult_agent_id))
    answer[6] = (read('agent', of.peer_agent_id))
  end
end
answer[5] = (read('agent', ARGV[4]))
return answer
