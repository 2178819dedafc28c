-- Changes, one after the other; each is written whole or not at all.
-- KEYS: the key that remembers what this process last wrote, the registry of
--   processes, the stream that tells the others.
-- ARGV: number of this batch, name of the process, most entries of that stream, and the
--   changes, as one list in MessagePack (taken apart much faster than many arguments).
--   A change is a sequence of operations, each a letter and its operands, all text:
--   'V' key front               must begin so (empty: must not exist)
--   'E' key value               must have this value (fencing)
--   'R' sorted-set most key     must have fewer members, unless key exists in it
--   'T' key text seconds        write (0 seconds: for ever)
--   'Z' sorted-set score member place;  'z' sorted-set member   take out
--   'A' set member              add
--   'H' hash field value        set in a hash
--   'L' list text               append
--   'X' stream most text        add to a stream
--   'S' key value seconds       set a small key
--   ';'                         end of the change
-- What is written by 'T' and 'X' the other processes are told, if there are any.
-- Conditions come first. Answers one word a change: 'ok', or, with nothing of it
-- written, 'conflict key', 'fenced' or 'full key'; nothing for a batch that comes after its
-- successor: it was given up, held up on the way, and whoever sent it goes on without it.
local batch, me = ARGV[1], ARGV[2]
local last = redis.call('HMGET', KEYS[1], 'batch', 'answer')
if last[1] == batch then
  return cjson.decode(last[2]) -- this very batch, of which the answer was lost
end
-- Numbers of equal length, more digits than a number in Lua can tell apart.
if last[1] and #last[1] == #batch and last[1] > batch then
  return {}
end
local call = redis.call
-- One that is not registered (any more: it was asleep for long) has others, too.
local living = call('ZCARD', KEYS[2])
local others = living > 1 or (living == 1 and not call('ZSCORE', KEYS[2], me))
local ops = cmsgpack.unpack(ARGV[4])
local answers, refused, i, n = {}, false, 1, #ops
local told, events = {'p', me}, 0
while i <= n do
  local op = ops[i]
  if op == ';' then
    answers[#answers + 1] = refused or 'ok'
    refused = false
    if #told > 2 then
      call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], '*', unpack(told))
    end
    told, events = {'p', me}, 0
    i = i + 1
  elseif op == 'V' then
    if not refused then
      local stored, front = call('GET', ops[i + 1]), ops[i + 2]
      if (stored or front ~= '')
        and (not stored or front == '' or string.sub(stored, 1, #front) ~= front) then
        refused = 'conflict ' .. ops[i + 1]
      end
    end
    i = i + 3
  elseif op == 'T' then
    if not refused then
      if ops[i + 3] == '0' then
        call('SET', ops[i + 1], ops[i + 2])
      else
        call('SET', ops[i + 1], ops[i + 2], 'EX', ops[i + 3])
      end
      if others then
        told[#told + 1] = ops[i + 1]
        told[#told + 1] = ops[i + 2]
      end
    end
    i = i + 4
  elseif op == 'L' then
    if not refused then call('RPUSH', ops[i + 1], ops[i + 2]) end
    i = i + 3
  elseif op == 'X' then
    if not refused then
      call('XADD', ops[i + 1], 'MAXLEN', '~', ops[i + 2], '*', 'e', ops[i + 3])
      if others then
        events = events + 1
        told[#told + 1] = 'e' .. events
        told[#told + 1] = ops[i + 3]
      end
    end
    i = i + 4
  elseif op == 'H' then
    if not refused then call('HSET', ops[i + 1], ops[i + 2], ops[i + 3]) end
    i = i + 4
  elseif op == 'Z' then
    if not refused then call('ZADD', ops[i + 1], ops[i + 2], ops[i + 3]) end
    i = i + 4
  elseif op == 'z' then
    if not refused then call('ZREM', ops[i + 1], ops[i + 2]) end
    i = i + 3
  elseif op == 'A' then
    if not refused then call('SADD', ops[i + 1], ops[i + 2]) end
    i = i + 3
  elseif op == 'E' then
    if not refused and call('GET', ops[i + 1]) ~= ops[i + 2] then refused = 'fenced' end
    i = i + 3
  elseif op == 'R' then
    if not refused and call('ZCARD', ops[i + 1]) >= tonumber(ops[i + 2])
      and not call('ZSCORE', ops[i + 1], ops[i + 3]) then
      refused = 'full ' .. ops[i + 1]
    end
    i = i + 4
  elseif op == 'S' then
    if not refused then call('SET', ops[i + 1], ops[i + 2], 'EX', ops[i + 3]) end
    i = i + 4
  else
    return redis.error_reply('no such operation: ' .. op)
  end
end
call('HSET', KEYS[1], 'batch', batch, 'answer', cjson.encode(answers))
call('EXPIRE', KEYS[1], 3600)
return answers
