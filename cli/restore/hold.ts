import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf } from "../../clients/host/process-start.ts";
import { jsonObject } from "../../clients/http/exchange.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { whoAmI } from "../../engine/state/journal.ts";
import { printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Block, block, plain } from "../../world/blocks.ts";
import type { Kubectl } from "./job.ts";

export interface Hold {
	readonly namespace: string;
	/** Kind of data. */
	readonly what: string;
	/** Seconds after its last sign at which a holder counts as ended; it gives four signs in that time. @default 60 */
	readonly seconds?: number;
}

/** Annotation that tells the process of a holder from a later one of its number. */
const processAnnotation = "infra/process";

/**
 * Does something while nobody else who asks the same cluster holds the same kind of data: by a Lease, which lapses when its
 * holder was killed.
 *
 * @throws UsageError when somebody holds it, with who, since when, and how to free it
 */
export async function whileHeld<T>(kubectl: Kubectl, hold: Hold, act: () => Promise<T>): Promise<T> {
	const lease = new Lease(kubectl, hold);
	await lease.take();
	try {
		return await act();
	} finally {
		await lease.release();
	}
}

class Lease {
	readonly #kubectl: Kubectl;
	readonly #hold: Required<Hold>;
	readonly #name: string;
	readonly #since = now();
	#version: string | undefined;
	#signs: NodeJS.Timeout | undefined;
	#sign: Promise<void> = Promise.resolve();

	constructor(kubectl: Kubectl, hold: Hold) {
		this.#kubectl = kubectl;
		this.#hold = { seconds: 60, ...hold };
		this.#name = `infra-restore-${hold.what}`;
	}

	/** Milliseconds between two signs. */
	get #pause(): number {
		return this.#hold.seconds * 250;
	}

	async take(): Promise<void> {
		const found = await this.#read();
		if (found !== undefined && isHeld(found) && !(await this.#isOver(found))) throw this.#refusal(found);
		this.#version = versionOf(found);
		if (!(await this.#write(this.#spec()))) {
			const faster = await this.#read();
			throw this.#refusal(faster ?? {});
		}
		this.#signs = setInterval(() => {
			this.#sign = this.#sign.then(() => this.#giveSign());
		}, this.#pause).unref();
	}

	async release(): Promise<void> {
		clearInterval(this.#signs);
		await this.#sign;
		// One that the cluster does not hear of lapses.
		if (this.#version !== undefined) await this.#write({}).catch(() => false);
	}

	async #giveSign(): Promise<void> {
		if (this.#version === undefined) return;
		const written = await this.#write(this.#spec()).catch(() => true);
		if (written) return;
		clearInterval(this.#signs);
		this.#version = undefined;
		printProgress(`${this.#hold.namespace}/${this.#name} was taken away while this restore goes on`);
	}

	/** Whether its holder has ended: a process of this machine, or one that gives no sign for longer than it says. */
	async #isOver(lease: Block): Promise<boolean> {
		if (processHasEnded(lease)) return true;
		const { renewTime, leaseDurationSeconds } = block(lease.spec);
		const until = Date.parse(plain(renewTime) ?? "") + Number(leaseDurationSeconds) * 1000;
		if (!(until < Date.now())) return false;
		// By this machine's clock, which may be wrong: a sign that comes now is believed.
		printProgress(`${holderOf(lease)} has given no sign since ${plain(renewTime)}: waiting for one`);
		await sleep(2 * this.#pause);
		return versionOf((await this.#read()) ?? {}) === versionOf(lease);
	}

	#refusal(lease: Block): UsageError {
		const { namespace, what } = this.#hold;
		const since = plain(block(lease.spec).acquireTime);
		return new UsageError(
			`${what} is being restored by ${holderOf(lease)}${since === undefined ? "" : ` since ${since}`}`,
			`wait until that has ended. If it is gone for certain: kubectl -n ${namespace} delete lease ${this.#name}`,
		);
	}

	#spec(): Block {
		return {
			holderIdentity: `${whoAmI()}, process ${process.pid}`,
			acquireTime: this.#since,
			renewTime: now(),
			leaseDurationSeconds: this.#hold.seconds,
		};
	}

	async #read(): Promise<Block | undefined> {
		const { code, stdout, stderr } = await this.#ask(["get", "lease", this.#name, "--ignore-not-found"]);
		if (code !== 0) throw new VisibleError(`kubectl get: ${stderr.trim()}`);
		return stdout.trim() === "" ? undefined : ((jsonObject(stdout) ?? {}) as Block);
	}

	/** @returns false when somebody else has written it since it was read */
	async #write(spec: Block): Promise<boolean> {
		const verb = this.#version === undefined ? "create" : "replace";
		const { namespace } = this.#hold;
		const { code, stdout, stderr } = await this.#ask(
			[verb, "-f", "-"],
			JSON.stringify({
				apiVersion: "coordination.k8s.io/v1",
				kind: "Lease",
				metadata: {
					name: this.#name,
					namespace,
					...(this.#version === undefined ? {} : { resourceVersion: this.#version }),
					annotations: { [processAnnotation]: ownProcess() },
				},
				spec,
			}),
		);
		if (code !== 0 && /\((AlreadyExists|Conflict|NotFound)\)/.test(stderr)) return false;
		if (code !== 0) throw new VisibleError(`kubectl ${verb}: ${stderr.trim()}`);
		this.#version = versionOf((jsonObject(stdout) ?? {}) as Block);
		return true;
	}

	#ask(args: readonly string[], input?: string) {
		return this.#kubectl(["--namespace", this.#hold.namespace, ...args, "-o", "json"], input);
	}
}

const isHeld = (lease: Block) => plain(block(lease.spec).holderIdentity) !== undefined;

const holderOf = (lease: Block) => plain(block(lease.spec).holderIdentity) ?? "somebody else";

const versionOf = (lease: Block | undefined) => plain(block(lease?.metadata).resourceVersion);

/** As the API writes a time with microseconds. */
const now = () => new Date().toISOString().replace("Z", "000Z");

const ownProcess = () => `${hostname()} ${process.pid} ${startTimeOf(process.pid)}`;

function processHasEnded(lease: Block): boolean {
	const [host, pid, startTime] =
		plain(block(block(lease.metadata).annotations)[processAnnotation])?.split(" ") ?? [];
	return host === hostname() && startTimeOf(Number(pid)) !== startTime;
}
