import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Site } from "../../../config/schema/site.ts";
import { needs } from "../harness/needs.ts";
import type { Dialer } from "./dialer.ts";
import { greet, logIn, logInToSieve, send } from "./mail.ts";
import { domain, info, MailHarness, me, password, podCommands, worldOf } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands);

type Listener = Site["mail"]["listeners"][string];

/** A second listener of every kind, on ports that the image does not have. */
const more: Record<string, Listener> = {
	smtp2: { protocol: "smtp", tls: "opportunistic", ...ports(2626) },
	smtps2: { protocol: "submission", tls: "implicit", ...ports(1465) },
	sub2: { protocol: "submission", tls: "required", ...ports(1587) },
	sieve2: { protocol: "sieve", tls: "required", ...ports(5190) },
	imaps2: { protocol: "imap", tls: "implicit", ...ports(9993) },
};

function ports(stockPort: number) {
	const nodePort = 31000 + (stockPort % 500) * 2;
	return {
		publicPort: stockPort,
		stockPort,
		proxyPort: 10000 + stockPort,
		nodePort,
		checkNodePort: nodePort + 1,
	};
}

let harness: MailHarness;
let pod: MailPod;
/** Dovecot believes the headers of nodes alone. */
let node: Dialer;

beforeAll(async () => {
	if (!able) return;
	const world = worldOf(domain);
	const listeners = { ...world.mail.listeners, ...more };
	harness = new MailHarness({ ...world, mail: { ...world.mail, listeners } });
	pod = await harness.startPod();
	node = harness.dialer(harness.net.workers[0].host);
});
afterAll(() => harness?.[Symbol.dispose]());

/** Both ways in to a listener: from a pod, and with the header of the edge. */
async function ways({ stockPort, proxyPort }: Listener) {
	const behind = await harness.talk(node, { host: pod.host.address, port: proxyPort });
	behind.write(`PROXY TCP4 203.0.113.77 203.0.113.1 1234 ${stockPort}\r\n`);
	return [await harness.inside(pod, stockPort), behind];
}

describe.concurrent("a second listener, which the pod became ready with, serves both ways in:", () => {
	test.for(Object.entries(more))("%s", async ([name, listener], { expect }) => {
		for (const [way, server] of (await ways(listener)).entries()) {
			const body = `${name}-${way}`;
			if (listener.protocol === "imap")
				expect(await (await server.secure()).imap(`LOGIN ${me} ${password}`)).toContain("a OK");
			else if (listener.protocol === "sieve")
				expect(await logInToSieve(server, me, password)).toMatch(/^OK/m);
			else {
				if (listener.protocol === "smtp") await greet(server);
				else
					expect(await logIn(server, { implicit: listener.tls === "implicit", user: me, password })).toMatch(
						/^235/,
					);
				expect(await send(server, { from: me, to: info, body })).toMatch(/^250/);
				await pod.arrival(info, body);
			}
			server.close();
		}
	});
});

test("the image's own listeners are as they were", async () => {
	const server = await (await harness.inside(pod, 993)).secure();
	expect(await server.imap(`LOGIN ${me} ${password}`)).toContain("a OK");
});
