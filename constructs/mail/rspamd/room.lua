-- Rules of Rspamd that a message meets before it is taken apart, which costs many times its size: what a process has in
-- work stays within the memory that the pod has for it. What passes here is filtered, all else is refused.
--
-- Environment: INFRA_FILTER_ROOM, how many bytes of messages a process has in work at once; one is always let in.
local trie = require "rspamd_trie"

local room = assert(tonumber(os.getenv("INFRA_FILTER_ROOM")), "INFRA_FILTER_ROOM is no number")

-- Each part of a message costs 6 KiB, however small it is. A line that begins a part begins with two hyphens.
local most_parts = 10000
local part = trie.create({ "\n--" })

local in_work = 0

rspamd_config:register_symbol {
  name = "ROOM_FOR_MESSAGE",
  type = "connfilter",
  callback = function(task)
    local parts = 0
    part:match(task:get_content(), function()
      parts = parts + 1
      return parts > most_parts and 1 or 0
    end)
    if parts > most_parts then
      task:set_pre_result("reject", string.format("More than %d lines begin with two hyphens, as parts do", most_parts))
      return
    end
    local size = task:get_size()
    if in_work > 0 and in_work + size > room then
      task:set_pre_result("soft reject", "Too many large messages at once, try again later")
      return
    end
    in_work = in_work + size
    task:get_mempool():add_destructor(function()
      in_work = in_work - size
    end)
  end,
}
