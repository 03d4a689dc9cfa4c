import { block, blocks, plain } from "../../world/blocks.ts";
import { type PodTemplate, podTemplates } from "../../world/pods.ts";
import type { Json } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

/** What the Pod Security standard `baseline` lets a container add. */
const baseline = new Set([
	"AUDIT_WRITE",
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_CHROOT",
]);

export const podConfined = worldRule({
	id: "pod-confined",
	severity: "error",
	reason:
		"Whoever breaks into a privileged container, or one with files or namespaces of its node, has the node and every Secret that its pods mount.",
	remedy: "Stay within the Pod Security standard `baseline`, or say in a waiver what needs more.",
	*check(world) {
		for (const template of podTemplates(world))
			for (const { argument, message } of [...ofPod(template), ...ofContainers(template)])
				yield { subject: template.owner.resource, argument, message };
	},
});

function* ofPod({ spec, path, volumes, owner }: PodTemplate) {
	const { name } = owner;
	for (const key of ["host_network", "host_pid", "host_ipc"])
		if (isOn(spec[key]))
			yield { argument: `${path}.${key}`, message: `pods of ${name} have ${key} of their node` };
	for (const { block: volume, path: at } of volumes)
		if (volume.host_path !== undefined) {
			const file = plain(block(volume.host_path).path) ?? "";
			yield { argument: `${at}.host_path`, message: `pods of ${name} mount ${file} of their node` };
		}
}

function* ofContainers({ containers, spec }: PodTemplate) {
	for (const { name, block: container, path } of containers) {
		const { privileged, capabilities } = block(container.security_context);
		if (isOn(privileged))
			yield {
				argument: `${path}.security_context.privileged`,
				message: `container ${name} is privileged`,
			};
		const added = textsOf(block(capabilities).add).filter((one) => !baseline.has(one.replace(/^CAP_/i, "")));
		if (added.length > 0)
			yield {
				argument: `${path}.security_context.capabilities.add`,
				message: `container ${name} adds ${added.join(", ")}`,
			};
		if (isOn(spec.host_network)) continue;
		for (const { block: port, path: at } of blocks(container.port, `${path}.port`))
			if (port.host_port !== undefined && plain(port.host_port) !== "0")
				yield {
					argument: `${at}.host_port`,
					message: `container ${name} takes port ${plain(port.host_port) ?? "?"} of its node`,
				};
	}
}

const isOn = (value: Json | undefined) => value === true || value === "true";

const textsOf = (list: Json | undefined) =>
	Array.isArray(list) ? list.flatMap((one) => plain(one)?.toUpperCase() ?? []) : [];
