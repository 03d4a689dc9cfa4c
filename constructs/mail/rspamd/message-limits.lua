-- Refuses a message of so many parts or header fields that the filter would not have the memory to read it: a part takes
-- some 8 KiB there, so that 300 KB of a stranger are 230 MiB, and a field some 100 bytes. It looks at the text, before
-- the filter reads the message (connfilter): a line that begins with two dashes may begin a part, and one with a colon
-- may be a field. Read by the filter at its start, as rspamd.local.lua.

local decode = require 'rspamd_util'

local most = { parts = 10000, fields = 500000 }
-- The memory of a decoded text, in sizes of the message.
local most_decoded = 4

-- In what is encoded, a line may end with CR alone.
local part = '[\r\n]%-%-'
-- Parts of this type may be encoded, although no standard lets them (RFC 2045, section 6.4), and are read all the same.
local message_type = '[Mm][Ee][Ss][Ss][Aa][Gg][Ee]%s*[/(]'

-- In the place of what decodes uuencode: nobody who means well encodes a message that way.
local refuse = {}

-- By a word of the encoding, which is long enough that the Base64 of the part before does not have it by chance.
local decoders = {
  base64 = decode.decode_base64,
  quoted = decode.decode_qp,
  uuencode = refuse,
  ['x-uue'] = refuse,
}

-- Finds the first match that begins at a place or after it. The places that it is asked for must not go back.
local function finder(text, pattern)
  local first, last = 0, 0
  return function(at)
    if first and first < at then
      first, last = text:find(pattern, at)
    end
    return first, last
  end
end

-- Calls visit with the body of each encoded part of type message, and how it is decoded, until that says true.
local function any_encoded(text, visit)
  local next_message, next_part = finder(text, message_type), finder(text, part)
  local blank, blank_cr = finder(text, '\n\r?\n'), finder(text, '\r\r')
  local body = 1
  local found = next_message(1)
  while found do
    local _, lf = blank(found)
    local _, cr = blank_cr(found)
    local last = math.min(lf or #text, cr or #text)
    -- Everything since the part before, the fields of this one among it, in whatever order.
    local fields = text:sub(body, last):lower()
    local encoded = {}
    for word, decoder in pairs(decoders) do
      if fields:find(word, 1, true) then
        encoded[#encoded + 1] = decoder
      end
    end
    if encoded[1] then
      local rest = text:sub(last + 1, (next_part(last) or #text + 1) - 1)
      for _, decoder in ipairs(encoded) do
        if visit(rest, decoder) then
          return true
        end
      end
    end
    body = last + 1
    found = next_message(body)
  end
  return false
end

-- Whether a text, or what is encoded in it, has too much of something.
local function too_many(whole)
  local seen = { parts = 0, fields = 0 }
  local room = most_decoded * #whole
  local function excessive(text)
    local at = text:find(part)
    while at do
      seen.parts = seen.parts + 1
      if seen.parts > most.parts then
        return true
      end
      at = text:find(part, at + 1)
    end
    at = text:find(':', 1, true)
    while at do
      seen.fields = seen.fields + 1
      if seen.fields > most.fields then
        return true
      end
      local line_end = text:find('[\r\n]', at)
      at = line_end and text:find(':', line_end, true)
    end
    return any_encoded(text, function(rest, decoder)
      room = room - #rest
      return room < 0 or decoder == refuse or excessive(tostring(decoder(rest)))
    end)
  end
  return excessive(whole)
end

rspamd_config:register_symbol({
  name = 'MESSAGE_LIMITS',
  type = 'connfilter',
  callback = function(task)
    local text = task:get_content():str()
    local refused = too_many(text)
    if #text > 1024 * 1024 then
      -- What was looked at would stay until some later message.
      text = nil
      collectgarbage()
    end
    if refused then
      task:set_pre_result({ action = 'reject', message = 'Too many parts or header fields', module = 'limits' })
      task:set_flag('skip_process')
    end
  end,
})
