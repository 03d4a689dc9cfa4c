# What a node of the replica set is to be, from what is known about all of them. Reads the lines of evidence.sh.
#
# Variables: question (below), self (this node), nodes (all, in order), majority (of the nodes), complete (how many
# nodes with data have every acknowledged write among them).
#
# question=set        prints `MASTER EPOCH`: whom a Sentinel without memory is to watch
# question=role       prints `master`, `replica MASTER`, or `hand-over`: named as the master, but not fit for it
# question=candidate  prints `candidate`: of the nodes without a master, this one has the newest data
# question=fit        prints `fit`, or `unfit REASON`: a replica without its master that was left behind by the others
#
# Each prints `wait REASON` while the evidence does not suffice. No answer is no evidence.

{ sentinel[$1] = $2; epoch[$1] = $3; named[$1] = $4; redis[$1] = $5; generation[$1] = $6; offset[$1] = $7 }

END {
	count = split(nodes, node, " ")
	for (i = 1; i <= count; i++) {
		if (!(node[i] in redis)) redis[node[i]] = "silent"
		if (redis[node[i]] == "silent") silent = silent " " node[i]
	}
	find_set()
	if (question == "set") print set ? master " " newest_epoch : "wait " reason
	else if (!set) print "wait " reason
	else if (question == "role") print role()
	else if (question == "fit") print fit()
	else print candidate()
}

function holds_data(n) { return redis[n] == "data" || redis[n] == "master" }
function holds_nothing(n) { return redis[n] == "empty" || redis[n] == "lost" }

# Sets `set`, `master` and `newest_epoch`, or `reason`. The newest epoch counts, and it is certain to be among the
# answers of a majority that remembers: it was elected by one. Nodes that never had a memory cannot hide a newer one.
function find_set(    i, n, members, blank, missing, rivals) {
	newest_epoch = -1
	for (i = 1; i <= count; i++) {
		n = node[i]
		if (sentinel[n] == "member") {
			members++
			if (epoch[n] + 0 > newest_epoch) { newest_epoch = epoch[n] + 0; master = named[n]; rivals = 0 }
			else if (epoch[n] + 0 == newest_epoch && named[n] != master) rivals = 1
		} else if (holds_nothing(n)) blank++
		else missing = missing " " n
	}
	if (members >= majority || (members > 0 && members + blank == count)) {
		if (rivals) reason = "the Sentinels name two masters of epoch " newest_epoch
		else set = 1
	} else if (newest_epoch == 0 && silent == "" && !rivals && newest() == master && equals == 1) {
		# A founding that other Sentinels are still to join: on the same evidence they would found the same set.
		set = 1
	} else if (members > 0) {
		reason = "no majority of Sentinels; not heard from:" missing ways_out()
	} else if (silent != "") {
		reason = "a set is founded once every node has answered; not heard from:" silent ways_out()
	} else found()
}

# A first start ever, or one from a restored backup.
function found(    i, first) {
	master = newest()
	newest_epoch = 0
	if (equals > 1) {
		reason = equals " nodes hold data of generation " top ", and no Sentinel remembers a master" ways_out()
		return
	}
	for (i = count; i >= 1; i--) if (redis[node[i]] != "lost") first = node[i]
	if (master == "") master = first
	if (master == "") reason = "every node was given up"
	else set = 1
}

# The first node whose data go furthest in the newest generation. Sets `top`, that generation, and `equals`, the number of
# nodes that have it: a replica that stood still in the last seconds has it, too.
function newest(    i, n, best) {
	top = -1
	for (i = 1; i <= count; i++) {
		n = node[i]
		if (!holds_data(n)) continue
		if (generation[n] + 0 > top) { top = generation[n] + 0; best = n; equals = 1 }
		else if (generation[n] + 0 == top) {
			equals++
			if (offset[n] + 0 > offset[best] + 0) best = n
		}
	}
	return best
}

function role() {
	if (master != self) return "replica " master
	newest()
	# A master that ended between two writes of its file may be one generation behind its replicas.
	if (holds_data(self)) return top > generation[self] + 1 ? "hand-over" : "master"
	if (top >= 0) return "hand-over"
	if (silent != "") return "wait the Sentinels name this node, but it is empty; not heard from:" silent ways_out()
	return "master"
}

function candidate(    i, holders, best) {
	if (redis[master] == "master") return "wait " master " is the master, but not reached by replication"
	if (!holds_data(self)) return "wait " master " does not answer as master, and this node is empty"
	for (i = 1; i <= count; i++) if (holds_data(node[i])) holders++
	if (holders < complete && silent != "")
		return "wait " master " is no master, and " holders " of " complete " nodes with data have answered; not heard from:" silent ways_out()
	best = newest()
	return best == self ? "candidate" : "wait " master " is no master, and " best " has the newest data"
}

# A replica that has lost its master may be elected, unless it is known to be behind. What the master of before has on its
# disk says nothing about that: it may be ahead by a change that it told nobody.
function fit(    i, n) {
	if (redis[master] == "master") return "unfit " master " is the master, but not reached by replication"
	for (i = 1; i <= count; i++) {
		n = node[i]
		if (n != master && generation[n] + 0 > generation[self] + 0) return "unfit " n " has newer data"
	}
	return "fit"
}

function ways_out() { return " (bring them back, or see \"A node that waits\" in the runbook)" }
