import type { ImageRoot } from "../../../../lab/image-root.ts";
import type { Daemon } from "../../harness/daemon.ts";
import { summary } from "../../harness/scenario.ts";
import { since, waitFor } from "../../harness/wait-for.ts";
import type { Conversation } from "../../mail/conversation.ts";
import { DkimSignature } from "../../mail/dkim-signature.ts";
import { greet, logIn, send } from "../../mail/mail.ts";
import { MailHarness } from "../../mail/mail-harness.ts";
import type { MailPod } from "../../mail/mail-pod.ts";
import type { Relay } from "../../mail/relay.ts";
import type { ImageContainer } from "../image-container.ts";
import { domain, second, world } from "./world.ts";

/** An address of the first domain. */
export const of = (name: string) => `${name}@${domain}`;
export const [me, info, stranger] = [of("me"), of("info"), "stranger@example.net"];
export const mine = `me@${second}`;
export const { accounts } = world.mail;
/** An alias of the second domain that leads to an account of the first. */
export const sales = `sales@${second}`;
export const passwordOf = (address: string) => `dummy-password-of-${address}`;
/** The Secret of the accounts, by its path in the pod. */
export const secretAccounts = {
	"/etc/mail-secrets/accounts": accounts.map((address) => `${address}\t${passwordOf(address)}\n`).join(""),
};

/** Written by a job of cron. */
export const cronMark = "/tmp/cron-ran";

const gatewayProgram = `require("node:http").createServer((request, response) => {
	request.pipe(process.stdout, { end: false });
	request.on("end", () => response.end());
}).listen(9099, "127.0.0.1")`;

/** One pod on the image's root for the cases of all files of this folder, with the edge, the relay and a resolver. */
export class Running {
	readonly harness: MailHarness;
	#relay: Relay | undefined;
	#pod: MailPod | undefined;
	/** Takes what the pod tells of its queue, and prints it. */
	#gateway: Daemon | undefined;

	constructor(root: ImageRoot) {
		this.harness = new MailHarness(world, root);
	}

	async start(): Promise<void> {
		if (world.network.public?.ipv6 !== undefined) this.harness.net.enableIpv6();
		this.#relay = await this.harness.startRelay();
		summary("image", `ready after ${await this.startPod()} ms on an empty volume`);
		// Cron looks once a minute: what it does is asked for in the end.
		this.pod.run("sh", "-c", `echo "* * * * * root date > ${cronMark}" > /etc/cron.d/of-a-test`);
		this.#gateway = this.pod.host.start("gateway", process.execPath, ["-e", gatewayProgram]);
		await waitFor("the pod tells of its queue", () => this.told !== "", { within: 60_000 });
		await this.harness.startEdge();
	}

	/** Another pod on the same volume. @returns how long it took, in milliseconds */
	async startPod(env: Readonly<Record<string, string>> = {}): Promise<number> {
		const begin = Date.now();
		this.#pod = await this.harness.startPod(this.harness.net.workers[0], {
			files: secretAccounts,
			env: { INFRA_PUSHGATEWAY: "http://127.0.0.1:9099", INFRA_QUEUE_SECONDS: "1", ...env },
		});
		return since(begin);
	}

	get pod(): MailPod {
		return there(this.#pod);
	}

	get container(): ImageContainer {
		return this.pod.container as ImageContainer;
	}

	get relay(): Relay {
		return there(this.#relay);
	}

	/** What the pod told of its queue. */
	get told(): string {
		return there(this.#gateway).log;
	}

	/** Sends a letter of a stranger to the public port, which serves few at once. @returns the reply */
	async deliver(to: string, subject: string, from = this.harness.net.newClient()): Promise<string> {
		using server = await this.harness.call(25, { from });
		await greet(server);
		const body = `Hello, this is about ${subject}.`;
		return await send(server, { from: stranger, to, body, header: fields(subject) });
	}

	/** A login at a port of the pod, from another pod. */
	async login(port: number, user = me): Promise<{ server: Conversation; reply: string }> {
		const server = await this.harness.inside(this.pod, port);
		const reply = await logIn(server, { implicit: port === 465, user, password: passwordOf(user) });
		return { server, reply };
	}

	/** Whether a message is signed by the key that the DNS publishes for a domain. */
	readonly signed = (text: string, by = domain): boolean => {
		const record = this.harness.deployed.argument(
			"cloudflare_dns_record",
			`mail._domainkey.${by}`,
			"content",
		);
		const signature = DkimSignature.of(text);
		return signature?.tags.d === by && signature.holds(record);
	};

	async end(): Promise<void> {
		// It may have ended in a test.
		await this.#pod?.kill();
		this.harness[Symbol.dispose]();
	}
}

function there<T>(part: T | undefined): T {
	if (part === undefined) throw new Error("the pod was not started");
	return part;
}

/** Fields that a letter of a person has: the filter refuses what looks like the work of a program. */
export const fields = (subject: string) => [
	`Subject: ${subject}`,
	`Date: ${new Date().toUTCString()}`,
	`Message-ID: <${subject.replaceAll(/[^\w-]+/g, "-")}@example.net>`,
	"MIME-Version: 1.0",
	"Content-Type: text/plain; charset=utf-8",
];

/** The running pod, for cases that are declared before it starts. */
export type Now = () => Running;
