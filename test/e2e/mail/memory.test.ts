import { expect, test } from "vitest";
import { MemoryGroup } from "../harness/memory-group.ts";
import { needs, slow } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { greet } from "./mail.ts";
import { info, MailHarness, podCommands, site } from "./mail-harness.ts";

needs(...podCommands, "rspamd");

const MiB = 1024 ** 2;
const { memory: limit, messageSizeLimit } = site.mail;

/** Bodies of about a size that cost the filter most: text that it cuts into words, and links that it looks up. */
const shapes = {
	"text/plain": (index: number) => `word${index} ${index * 7919} another${index % 977} and one more`,
	"text/html": (index: number) =>
		`<p><a href="http://host${index}.example.net/${index % 977}">word${index}</a></p>`,
} as const;

function message(type: keyof typeof shapes, size: number): string {
	const lines = [
		`From: <stranger@example.net>`,
		`To: <${info}>`,
		"MIME-Version: 1.0",
		`Content-Type: ${type}`,
		"",
	];
	for (let length = 500, index = 0; length < size; index++) {
		const line = shapes[type](index);
		length += line.length + 2;
		lines.push(line);
	}
	return `${lines.join("\r\n")}\r\n.\r\n`;
}

test("strangers' largest messages, two at once, go through the filter in the pod's memory", {
	timeout: 1_200_000,
}, async ({ skip }) => {
	slow(skip);
	using memory = MemoryGroup.of(limit);
	if (memory === undefined) return skip("control groups of memory: a writable /sys/fs/cgroup enables it");
	using harness = new MailHarness();
	const pod = await harness.startPod(harness.net.workers[0], { filter: "rspamd", memory });
	/** Told to come again, a server does: the filter gives up after a while on a busy machine. */
	const deliver = async (type: keyof typeof shapes, from: string) => {
		let reply = "";
		for (let attempt = 0; attempt < 5 && !reply.startsWith("250"); attempt++) {
			const server = await harness.inside(pod, 2525);
			server.write(`PROXY TCP4 ${from} 203.0.113.1 1234 25\r\n`);
			await greet(server);
			for (const line of ["MAIL FROM:<stranger@example.net>", `RCPT TO:<${info}>`, "DATA"])
				await server.ask(line);
			server.write(message(type, messageSizeLimit - MiB));
			reply = await server.until(/\d{3} [^\n]*\n/, 300_000);
			server.close();
		}
		return reply.slice(0, 3);
	};
	const all = (["text/html", "text/html"] as const).map((type, index) =>
		deliver(type, `198.51.100.${index + 9}`),
	);
	expect(await Promise.all(all)).toEqual(["250", "250"]);
	expect(memory.kills).toBe(0);
	summary(
		"memory",
		`two messages of ${messageSizeLimit / MiB} MiB at once in a pod of ${limit / MiB} MiB`,
		`most in use ${(memory.peak / MiB).toFixed(0)} MiB, caches included`,
	);
	await pod.kill();
});
