-- Writes an extension, and its credentials for the edge, in one step.
--
-- KEYS[1]  tenant:<domain>                  hash: exists when the tenant does
-- KEYS[2]  tenant:<domain>:exts             set: its extensions
-- KEYS[3]  tenant:<domain>:ext:<extension>  hash: json
-- KEYS[4]  edge:sub:<domain>:<extension>    hash: ha1
-- ARGV[1]  extension
-- ARGV[2]  the extension as JSON
-- ARGV[3]  HA1 to set, or empty: keep what there is
-- ARGV[4]  HA1 to set when there is nothing to keep, else empty
--
-- Returns {created, generated}: created is 1 when the extension is new, 0 when it was replaced, -1 when there is no such
-- tenant (nothing was written); generated is 1 when ARGV[4] was set.

if redis.call('EXISTS', KEYS[1]) == 0 then
  return {-1, 0}
end
local generated = 0
local ha1 = ARGV[3]
if ha1 == '' and redis.call('EXISTS', KEYS[4]) == 0 then
  ha1 = ARGV[4]
  generated = 1
end
if ha1 ~= '' then
  redis.call('HSET', KEYS[4], 'ha1', ha1)
end
redis.call('HSET', KEYS[3], 'json', ARGV[2])
return {redis.call('SADD', KEYS[2], ARGV[1]), generated}
