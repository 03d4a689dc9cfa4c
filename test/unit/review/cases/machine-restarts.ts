import { workload as declared, object, stackOf, worldOf } from "../../../policy/world.ts";
import { planned, update } from "../planned.ts";
import type { ClassCases } from "./class-cases.ts";

const machine = "proxmox_virtual_environment_vm.node";

const nodes = worldOf(
	stackOf({
		kubernetes_deployment_v1: declared({ spec: { replicas: "1" } }),
		kubernetes_stateful_set_v1: {
			...declared({ spec: { replicas: "2" } }),
			metadata: { name: "db", namespace: "shop" },
		},
		kubernetes_pod_disruption_budget_v1: object("db", {
			min_available: "3",
			selector: { match_labels: { app: "web" } },
		}),
	}),
);

export const machineRestarts: ClassCases = {
	finds: {
		"the machine is a node of the cluster": {
			planned: planned({
				after: nodes,
				resource_changes: [
					update(machine, { name: "node-a", cpu: [{ cores: 2 }] }, { name: "node-a", cpu: [{ cores: 4 }] }),
				],
			}),
			findings: [
				"caution: the machine may restart at once, for cpu: it is node node-a, and its pods stop with it; with one pod each, which may be there: web; a drain never ends for the budgets db",
			],
		},
		"a machine gets another processor, and restarts by itself": {
			planned: planned({
				resource_changes: [
					update(machine, { cpu: [{ cores: 2 }] }, { cpu: [{ cores: 4 }], reboot_after_update: true }),
					update(
						machine,
						{ memory: [{ dedicated: 2 }] },
						{ memory: [{ dedicated: 4 }], reboot_after_update: false },
					),
					update(machine, { started: true }, { started: false }),
				],
			}),
			findings: [
				"caution: the machine may restart at once, for cpu",
				"caution: the machine is shut down",
				"notice: memory: in force after the machine's next restart",
			],
		},
	},
	passes: {
		"a machine gets another description": planned({
			resource_changes: [update(machine, { description: "a", tags: [] }, { description: "b", tags: ["c"] })],
		}),
		"a template, which never runs, gets more memory": planned({
			resource_changes: [
				update(
					machine,
					{ template: true, memory: [{ dedicated: 1 }] },
					{ template: true, memory: [{ dedicated: 2 }] },
				),
			],
		}),
	},
};
