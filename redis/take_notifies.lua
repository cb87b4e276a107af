-- What some subscriptions of a tenant have to be told now: the state of what they watch and the number of the NOTIFY that tells it, taken
-- in one step, so that the NOTIFY with the highest number always bears the latest state.
--
-- KEYS[1]  orbits  string  {sN}:orbits:<tenant>         bitmap of the orbits that are taken
-- ARGV[1]  prefix of subscriptions, {sN}:watch:<tenant>:   (all prefixes: the same slot as KEYS)
-- ARGV[2]  prefix of places, {sN}:place:<tenant>:
-- ARGV[3]  prefix of calls, {sN}:call:<tenant>:
-- ARGV[4]  milliseconds between two NOTIFYs of a subscription, at least
-- ARGV[5]  calls that one NOTIFY tells of, at most
-- ARGV[6]  '1': also those that know it already
-- ARGV[7..] ids
--
-- Returns for each id {id, 'GONE'}, {id, 'SAME'}, {id, 'LATER', milliseconds} or {id, 'NOTIFY', data, number, milliseconds that it
-- lasts yet, calls}, each call as {epoch, data, place}. What is told counts as seen once told.lua says so.

local LIT = { PARKED = true, RECALLING = true, CONNECTING = true }

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[5])
local known = {}

-- The calls that wait at a place, looked up once.
local function waiting(place)
  if not known[place] then
    local found = {}
    for _, owner in ipairs(redis.call('ZRANGE', ARGV[2] .. place, 0, -1)) do
      local id = string.sub(owner, string.find(owner, '/', 1, true) + 1)
      local call = redis.call('HMGET', ARGV[3] .. id, 'epoch', 'data', 'state', 'place')
      if call[3] and LIT[call[3]] and call[4] == place then
        found[#found + 1] = { id = id, record = { call[1], call[2], place } }
      end
    end
    known[place] = found
  end
  return known[place]
end

local function orbits(first, last)
  local found = {}
  local orbit = redis.call('BITPOS', KEYS[1], 1, first, last, 'BIT')
  while orbit >= 0 do
    found[#found + 1] = 'orbit:' .. orbit
    orbit = orbit < last and redis.call('BITPOS', KEYS[1], 1, orbit + 1, last, 'BIT') or -1
  end
  return found
end

local function take(id)
  local key = ARGV[1] .. id
  local watch = redis.call('HMGET', key, 'data', 'places', 'first', 'last', 'ends', 'seen', 'sent')
  if not watch[1] then
    return { id, 'GONE' }
  end
  local places = {}
  for place in string.gmatch(watch[2], '%S+') do
    if place == 'orbits' then
      for _, orbit in ipairs(orbits(tonumber(watch[3]), tonumber(watch[4]))) do
        places[#places + 1] = orbit
      end
    else
      places[#places + 1] = place
    end
  end
  local calls, names = {}, {}
  for _, place in ipairs(places) do
    for _, call in ipairs(waiting(place)) do
      if #calls < most then
        calls[#calls + 1] = call.record
        names[#names + 1] = call.id .. '@' .. place
      end
    end
  end
  local state = table.concat(names, ' ')
  if watch[6] == state and ARGV[6] ~= '1' then
    return { id, 'SAME' }
  end
  local wait = tonumber(watch[7]) + tonumber(ARGV[4]) - now
  if wait > 0 and ARGV[6] ~= '1' then
    return { id, 'LATER', wait }
  end
  local number = redis.call('HINCRBY', key, 'cseq', 1)
  redis.call('HSET', key, 'sending', state, 'sent', now)
  -- Should nobody say that it was told, it may have been all the same: what was seen before counts no more.
  redis.call('HDEL', key, 'seen')
  return { id, 'NOTIFY', watch[1], number, math.max(0, tonumber(watch[5]) - now), calls }
end

local taken = {}
for i = 7, #ARGV do
  taken[#taken + 1] = take(ARGV[i])
end
return taken
