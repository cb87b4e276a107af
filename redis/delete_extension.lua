-- Deletes an extension and its credentials.
--
-- KEYS[1]  tenant:<domain>:exts             set: its extensions
-- KEYS[2]  tenant:<domain>:ext:<extension>  hash
-- KEYS[3]  edge:sub:<domain>:<extension>    hash
-- ARGV[1]  extension
--
-- Returns 1 when there was such an extension, else 0.

redis.call('DEL', KEYS[2], KEYS[3])
return redis.call('SREM', KEYS[1], ARGV[1])
