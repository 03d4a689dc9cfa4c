import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mailListeners } from "../../../constructs/mail/listeners.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { Conversation } from "../mail/conversation.ts";
import { greet, logIn, send } from "../mail/mail.ts";
import { client, MailOutside } from "./mail-outside.ts";
import { isReady, type NodesLab, type Pod, patient } from "./nodes-lab.ts";

const namespace = "mailserver";
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/mailserver`;

/**
 * The mail server as a pod with the files of its image, and the path of mail from a client outside to it.
 *
 * @param able whether the lab is up, and has the image
 */
export function mailCases(lab: NodesLab, able: boolean): void {
	let outside: MailOutside;
	beforeAll(async () => {
		if (!able) return;
		[outside] = await Promise.all([MailOutside.start(lab), lab.apply("mailserver")]);
	}, 600_000);
	afterAll(() => outside?.[Symbol.dispose]());

	const replicas = async (): Promise<readonly Pod[]> =>
		(await lab.pods(namespace)).filter(({ metadata }) => metadata.name.startsWith("mailserver-"));
	const only = async (): Promise<Pod> => {
		const [pod, ...others] = await replicas();
		if (pod === undefined || others.length > 0) throw new Error(`${others.length} pods beside it`);
		return pod;
	};
	const inPod = async (...command: readonly string[]) =>
		lab.exec({ namespace, pod: (await only()).metadata.name, container: "mailserver" }, ...command);
	const account = () => outside.site.mail.accounts[0] ?? "";
	const passwordOf = async (user: string) => {
		const { data } = (await lab.ask("GET", `/api/v1/namespaces/${namespace}/secrets/mailserver-secrets`))
			.body;
		const lines = Buffer.from(data.accounts, "base64").toString().split("\n");
		return lines.map((line) => line.split(/\s+/)).find(([name]) => name === user)?.[1] ?? "";
	};
	const portOf = (protocol: string, tls?: string) =>
		mailListeners(outside.site).find((one) => one.protocol === protocol && (!tls || one.tls === tls))
			?.publicPort ?? 0;

	/** Calls until the edge has found the pod behind the port of a node. */
	const call = (port: number, begin: (server: Conversation) => Promise<unknown>) =>
		waitFor(
			`the edge leads port ${port} to the pod`,
			async () => {
				const server = await outside.call(port);
				await begin(server);
				return server;
			},
			{ within: 60_000, every: 500 },
		);

	/** What the mailbox holds, as its owner reads it from outside. */
	async function read(text: string): Promise<string> {
		const user = account();
		const password = await passwordOf(user);
		using server = await call(portOf("imap"), async (one) => {
			await one.secure();
			await one.until(/^\* OK[^\n]*\n/);
		});
		expect(await server.imap(`LOGIN ${user} ${password}`)).toMatch(/^a OK/m);
		return await waitFor(
			`mail with ${text}`,
			async () => {
				await server.imap("SELECT INBOX");
				const found = /^\* SEARCH (\d+)/m.exec(await server.imap(`SEARCH BODY ${text}`))?.[1];
				return found && (await server.imap(`FETCH ${found} BODY[]`));
			},
			{ within: 60_000, every: 500 },
		);
	}

	/** A letter of a client. @returns the reply */
	async function deliver(text: string): Promise<string> {
		using server = await call(portOf("smtp"), greet);
		const header = [
			`Subject: about ${text}`,
			`Date: ${new Date().toUTCString()}`,
			`Message-ID: <${text}@example.net>`,
			"MIME-Version: 1.0",
			"Content-Type: text/plain; charset=utf-8",
		];
		return await send(server, {
			from: "somebody@example.net",
			to: account(),
			header,
			body: `Hello, this is ${text}.`,
		});
	}

	/** Waits for another pod in place of this one, and sees that the two never have the volume at once. */
	async function replaced(old: Pod): Promise<Pod> {
		return await waitFor(
			"another pod is ready",
			async () => {
				const now = await replicas();
				const running = now.filter(({ status }) => status.phase === "Running");
				expect(running.length, "pods with the volume").toBeLessThanOrEqual(1);
				return now.find((pod) => pod.metadata.uid !== old.metadata.uid && isReady(pod));
			},
			patient,
		);
	}

	describe("mail and its pod", { concurrent: false }, () => {
		test("is delivered by way of edge, node port and pod, and read the same way", async () => {
			const { spec, status } = await only();
			expect(spec.nodeName).toMatch(/^real-/);
			expect(status.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0]);
			expect(await deliver("first-letter")).toMatch(/^250/);
			expect(await read("first-letter")).toContain(`[${client.address}]`);
			const log = await inPod("cat", "/var/log/mail/mail.log");
			expect(log).toMatch(new RegExp(`smtpd\\[\\d+\\]: connect from ${client.name}\\[${client.address}\\]`));
			expect(log).toMatch(new RegExp(`imap-login: Login: user=<${account()}>.* rip=${client.address},`));
		}, 180_000);

		test("is taken from a user who logs in, at both ports of submission", async () => {
			const user = account();
			const password = await passwordOf(user);
			for (const tls of ["implicit", "required"]) {
				const login: string[] = [];
				using server = await call(portOf("submission", tls), async (one) =>
					login.push(await logIn(one, { implicit: tls === "implicit", user, password })),
				);
				expect(login.at(-1)).toMatch(/^235/);
				expect(await send(server, { from: user, to: user, body: `sent-${tls}` })).toMatch(/^250/);
				await read(`sent-${tls}`);
			}
		}, 120_000);

		test("has one pod with the volume in a rollout, and the next one has its mail", async () => {
			const old = await only();
			await lab.restart(deployment);
			await replaced(old);
			await read("first-letter");
		}, 300_000);

		test("lets the pod be evicted, for no budget can keep the only one, and goes on from another node", async () => {
			const old = await only();
			const node = old.spec.nodeName ?? "";
			const next = await lab.cordoned(node, async () => {
				await lab.evict(namespace, old.metadata.name);
				return await replaced(old);
			});
			expect(next.spec.nodeName).toMatch(/^real-/);
			expect(next.spec.nodeName).not.toBe(node);
			expect(await deliver("after-the-drain")).toMatch(/^250/);
			await read("after-the-drain");
			await read("first-letter");
		}, 400_000);
	});
}
