-- Takes one of the tries that wrong PINs have at a place, or gives one back because its PIN was right.
--
-- KEYS[1]  {sN}:pins:<tenant>:<place>  string: tries that were taken since the first of them
-- ARGV[1]  tries that there are
-- ARGV[2]  how long after the first one they are there anew (ms)
-- ARGV[3]  '1' to give one back, else '0'
--
-- A try is taken before its PIN is looked at: nodes that are asked at once have no more tries than one.
--
-- Returns 1, or 0 when there is no try left; nothing has changed then.

local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if ARGV[3] == '1' then
  if taken > 0 then
    redis.call('DECR', KEYS[1])
  end
  return 1
end
if taken >= tonumber(ARGV[1]) then
  return 0
end
redis.call('INCR', KEYS[1])
if taken == 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
