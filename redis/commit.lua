-- Carries out the writes of one change of tenants, trunks or tokens, unless somebody has changed the same scope since the writer
-- read it.
--
-- KEYS[i]  rev or tenant:<domain>:rev   string: revision of a scope; absent: nothing was ever written there
-- ARGV[1]  the new revision
-- ARGV[2]  JSON array: the revision of each of KEYS that the writer has read, '' for absent
-- ARGV[3]  JSON array of commands, each an array of strings: what is to be written. The revisions are set first, so
--          that a command may delete one.
--
-- The keys of the commands stand in ARGV[3]: provisioning does not work on a Redis Cluster (redis/README.md).
--
-- Returns 1 when the writes were done, 0 when a revision differs; then nothing was written.

for i, expected in ipairs(cjson.decode(ARGV[2])) do
  if (redis.call('GET', KEYS[i]) or '') ~= expected then
    return 0
  end
end
for _, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1])
end
for _, command in ipairs(cjson.decode(ARGV[3])) do
  redis.call(unpack(command))
end
return 1
