-- A contact with all that is bound to it, read at one instant.
-- ARGV: prefix of keys, kind ('contact', 'agent' or 'offer'), id, and optionally the
-- id of a further agent.
-- Answers {contact, agent, offer, consulted agent, further agent}, each JSON or false.
local function read(kind, id)
  if type(id) ~= 'string' then return false, {} end
  local text = redis.call('GET', ARGV[1] .. ':' .. kind .. ':' .. id)
  if not text then return false, {} end
  return text, cjson.decode(text)
end

local contact, agent, offer, second = false, false, false, false
local of = {}
if ARGV[2] == 'contact' then
  contact, of = read('contact', ARGV[3])
  agent = read('agent', of.agent_id)
  offer = read('offer', of.offer_id)
else
  local from
  if ARGV[2] == 'offer' then
    offer, from = read('offer', ARGV[3])
    agent = read('agent', from.agent_id)
  else
    agent, from = read('agent', ARGV[3])
    offer = read('offer', from.offer_id)
  end
  contact, of = read('contact', from.contact_id)
end
second = read('agent', of.consult_agent_id)
return {contact, agent, offer, second, (read('agent', ARGV[4]))}
