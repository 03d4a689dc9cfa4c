-- Returns the next keys of a database as commands in Redis' protocol, binary as they are, that make them elsewhere with
-- value and expiry. How far it is stands in a database that no backup has.
--
-- ARGV: the database; `keep` or `replace`, for keys that exist there
local bookkeeping = 16
local keep = [[
	if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
	return redis.call('RESTORE', KEYS[1], ARGV[1], ARGV[2], 'ABSTTL')
]]

local function command(...)
	local parts = { '*' .. select('#', ...) .. '\r\n' }
	for _, word in ipairs({ ... }) do
		parts[#parts + 1] = '$' .. #word .. '\r\n' .. word .. '\r\n'
	end
	return table.concat(parts)
end

redis.call('SELECT', bookkeeping)
local cursor = redis.call('GET', 'cursor') or '0'
redis.call('SELECT', ARGV[1])
local page = redis.call('SCAN', cursor, 'COUNT', 100)
local commands = {}
for _, key in ipairs(page[2]) do
	local value = redis.call('DUMP', key)
	local expiry = string.format('%.0f', math.max(redis.call('PEXPIRETIME', key), 0))
	if value and ARGV[2] == 'replace' then
		commands[#commands + 1] = command('RESTORE', key, expiry, value, 'ABSTTL', 'REPLACE')
	elseif value then
		commands[#commands + 1] = command('EVAL', keep, '1', key, expiry, value)
	end
end
redis.call('SELECT', bookkeeping)
redis.call('SET', 'cursor', page[1])
return table.concat(commands)
