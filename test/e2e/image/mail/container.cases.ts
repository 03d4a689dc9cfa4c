import { describe, expect, test } from "vitest";
import { imagePorts } from "../../../../config/schema/mail-port-checks.ts";
import { backingPorts } from "../../../../constructs/mail/environment.ts";
import { mailListeners } from "../../../../constructs/mail/listeners.ts";
import type { Now } from "./running.ts";
import { world } from "./world.ts";

/** What the container is made of. */
export function theContainer(now: Now): void {
	describe("the container", () => {
		test("has the memory, the rights and the environment of the pod, and nothing was killed", () => {
			const container = now().container;
			expect([container.memoryLimit, container.kills]).toEqual([world.mail.memory, 0]);
			const status = now().pod.run("cat", "/proc/1/status");
			const bounding = BigInt(`0x${/^CapBnd:\s+(\w+)$/m.exec(status)?.[1]}`);
			const added = now().harness.deployed.pod("deployment", "mailserver").container[0].security_context
				.capabilities.add;
			expect(bounding.toString(2).replaceAll("0", "")).toHaveLength(added.length);
		});

		/** Numbers of the ports that something listens on, by whether others reach them. */
		const listening = () => {
			const sockets = now().pod.run("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6").split("\n");
			const ports = sockets.flatMap((line) => {
				const [, address, port = ""] = /^\s*\d+: (\w+):(\w{4}) \w+:\w{4} 0A /.exec(line) ?? [];
				return address === undefined ? [] : [{ address, port: Number.parseInt(port, 16) }];
			});
			const local = ({ address }: { address: string }) => /^0100007F$|^0{24}01000000$/.test(address);
			const numbers = (some: typeof ports) => [...new Set(some.map(({ port }) => port))].sort();
			return { outside: numbers(ports.filter((one) => !local(one))), inside: numbers(ports.filter(local)) };
		};

		test("listens for others on the ports of the list, and on no other", () => {
			const wanted = mailListeners(world).flatMap(({ stock, proxied }) => [stock.port, proxied.port]);
			expect(listening().outside).toEqual(wanted.sort());
		});

		test("has the ports that no listener may have, and what readiness asks for is among them", () => {
			const { inside } = listening();
			/** Of these tests: the resolver, and what the pod tells its queue to. */
			const ours = [53, 9099];
			expect(inside.filter((port) => !imagePorts.has(port))).toEqual(ours);
			expect(inside).toEqual(expect.arrayContaining([...backingPorts(world)]));
		});

		test("complains of nothing in its set-up but what the image cannot know", () => {
			const complaints = now()
				.pod.output.split("\n")
				.filter((line) => /\b(WARN|ERROR)\b|failed/.test(line));
			expect(
				complaints.filter((line) => !/Missing relay-host mapped|address resolution for/.test(line)),
			).toEqual([]);
		});
	});
}
