import { describe, expectTypeOf, test } from "vitest";
import type { CheckPace, Server, ServerAddress } from "../../../constructs/haproxy/model.ts";

interface Line {
	name: string;
	address: { ip: string };
	port: number;
}

describe("what the model cannot express", () => {
	test("a bare check together with the PROXY protocol", () => {
		expectTypeOf<Line & { proxyProtocol: "v2"; check: CheckPace }>().not.toExtend<Server>();
		expectTypeOf<Line & { proxyProtocol: "v2"; check: CheckPace & { port: number } }>().toExtend<Server>();
		expectTypeOf<Line & { check: CheckPace }>().toExtend<Server>();
	});

	test("a host name without resolvers", () => {
		expectTypeOf<{ host: string }>().not.toExtend<ServerAddress>();
	});
});
