-- Reads what a token allows, and notes its use, at most once a minute.
--
-- KEYS[1]  {cfg}:auth:<hash>  hash: json, usedAtMillis
-- ARGV[1]  now, milliseconds since 1970
--
-- Returns the JSON, or nil when there is no such token (or it has expired, been revoked).

local token = redis.call('HMGET', KEYS[1], 'json', 'usedAtMillis')
if not token[1] then
  return nil
end
if not token[2] or tonumber(ARGV[1]) - tonumber(token[2]) >= 60000 then
  redis.call('HSET', KEYS[1], 'usedAtMillis', ARGV[1])
end
return token[1]
