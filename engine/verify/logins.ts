import { setTimeout as sleep } from "node:timers/promises";
import {
	type HostWithLogin,
	isGuarded,
	type Look,
	type LookOptions,
	lookWithoutLogin,
} from "../../clients/ingress/look.ts";
import { interruption } from "../../terminal/interruption.ts";

export interface LoginsOptions extends LookOptions {
	/** Milliseconds that the ingress controller has to take a change up. @default 15000 */
	readonly settle?: number;
	/** Milliseconds between two looks. @default 1000 */
	readonly every?: number;
}

/** What hosts with a login answer, by what it means. */
export interface Logins {
	readonly guarded: readonly Look[];
	/** Served without a login, or not at all. */
	readonly wrong: readonly Look[];
	/** No answer, or one that tells nothing. */
	readonly unknown: readonly Look[];
}

/** Asks hosts for their login, those that are wrong again until the ingress controller has had its time. */
export async function lookForLogins(
	hosts: readonly HostWithLogin[],
	{ settle = 15_000, every = 1000, ...options }: LoginsOptions = {},
): Promise<Logins> {
	const end = performance.now() + settle;
	let looks: readonly Look[] = await lookWithoutLogin(hosts, options);
	while (looks.some(isWrong) && performance.now() + every < end) {
		await sleep(every, undefined, { signal: interruption }).catch(() => interruption.throwIfAborted());
		const again = looks.filter(isWrong).map(({ host, path }) => ({ host, paths: [path] }));
		looks = [...looks.filter((look) => !isWrong(look)), ...(await lookWithoutLogin(again, options))];
	}
	return {
		guarded: looks.filter(isGuarded),
		wrong: looks.filter(isWrong),
		unknown: looks.filter(({ met }) => met === "unknown"),
	};
}

const isWrong = (look: Look): boolean => !isGuarded(look) && look.met !== "unknown";
