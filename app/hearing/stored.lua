-- Everything up to an entry of a contact's stream is stored.
-- KEYS: the stream, the set of contacts of which something is to be stored, how far this
-- one is. ARGV: the contact, the number of the entry, seconds for which that is kept.
redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[3])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #last == 0 or last[1][1] == '0-' .. ARGV[2] then
  redis.call('SREM', KEYS[2], ARGV[1])
end
return 0
