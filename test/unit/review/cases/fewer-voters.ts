import { destroy, planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const autopilot = "vault_raft_autopilot.autopilot";
const servers = (count: number) => ({
	cleanup_dead_servers: true,
	dead_server_last_contact_threshold: "1h0m0s",
	min_quorum: count,
});
const from = (before: number, after: number) =>
	planned({ resource_changes: [update(autopilot, servers(before), servers(after))] });

export const fewerVoters: ClassCases = {
	finds: {
		"two of five servers go": {
			planned: from(5, 3),
			findings: [
				"caution: 3 servers instead of 5: the others vote until they were silent for 1h0m0s, and none of those that stay may fail until then",
			],
		},
		"two of seven servers go": {
			planned: from(7, 5),
			findings: [
				"caution: 5 servers instead of 7: the others vote until they were silent for 1h0m0s, and 1 of those that stay may fail until then",
			],
		},
		"four of seven servers go": {
			planned: from(7, 3),
			findings: [
				"danger: 3 servers instead of 7: those that stay are no majority of those that vote, and Vault stops for good",
			],
		},
	},
	passes: {
		"two servers come": from(3, 5),
		"they are silent for longer": planned({
			resource_changes: [
				update(autopilot, servers(3), { ...servers(3), dead_server_last_contact_threshold: "2h0m0s" }),
			],
		}),
		"the server is outside from now on": planned({ resource_changes: [destroy(autopilot)] }),
	},
};
