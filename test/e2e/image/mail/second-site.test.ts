import { describe, expect, test, vi } from "vitest";
import { greet, send } from "../../mail/mail.ts";
import { ipv6Client, publicIpv6 } from "../../mail/mail-network.ts";
import { theContainer } from "./container.cases.ts";
import { further } from "./further.cases.ts";
import { theProbe } from "./jobs.cases.ts";
import { onImage } from "./on-image.ts";
import { fromTheWorld, ofTheUsers } from "./paths.cases.ts";
import { fields, me, stranger } from "./running.ts";
import { theStandIn } from "./stand-in.cases.ts";

vi.mock("./world.ts", async () => await import("./second-world.ts"));

const { now, possible } = await onImage();

theContainer(now);
theStandIn(now, possible);

describe.concurrent("side by side", () => {
	fromTheWorld(now);
	ofTheUsers(now);
	further(now);
	theProbe(now);

	test("a letter over IPv6 reaches the mailbox with the address of its sender", async () => {
		// The server takes no client without a name, and this one has one.
		using server = await now().harness.call(2626, { from: ipv6Client, host: publicIpv6 });
		await greet(server);
		const header = fields("by-ipv6");
		expect(await send(server, { from: stranger, to: me, body: "by-ipv6", header })).toMatch(/^250/);
		expect(await now().pod.arrival(me, "by-ipv6")).toContain(`IPv6:${ipv6Client}`);
	});
});
