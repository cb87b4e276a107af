-- All who watch have been told what a mark stands for, unless it was set again since.
--
-- KEYS[1]  lamps  zset  {sN}:lamps  member <tenant>|<place> or <tenant>|#<id of a subscription>, score microseconds since 1970
-- ARGV[1]  member
-- ARGV[2]  score that was read

local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return 'OK'
