import { expect, test } from "vitest";
import { httpUrl } from "../../config/schema/endpoints.ts";

test("an endpoint without a port for HTTP has no URL, rather than one that nobody answers", () => {
	const host = "metrics.example.org";
	expect(httpUrl({ host, ports: { https: 443, http: 9091 } })).toBe("http://metrics.example.org:9091");
	expect(() => httpUrl({ host, ports: { web: 9091 } })).toThrow(
		"endpoints, metrics.example.org: expected a port with the name http; it has web",
	);
});
