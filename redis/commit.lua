-- Carries out the writes of one change of tenants, trunks or tokens, unless somebody has changed the same scope since the writer
-- read it.
--
-- KEYS[i]  {cfg}:rev or {cfg}:tenant:<domain>:rev   string: revision of a scope; absent: nothing was ever written there
-- ARGV[1]  the new revision
-- ARGV[2]... the revision of each of KEYS that the writer has read, '' for absent
-- then       for each command the number of its words, and the words: what is to be written. The revisions are set first, so
--            that a command may delete one. No JSON: what is decoded here keeps everybody waiting.
--
-- The keys of the commands stand in ARGV. All have the tag of KEYS, {cfg}.
--
-- Returns 1 when the writes were done, 0 when a revision differs; then nothing was written.

for i, key in ipairs(KEYS) do
  if (redis.call('GET', key) or '') ~= ARGV[i + 1] then
    return 0
  end
end
for _, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[1])
end
local at = #KEYS + 2
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return 1
