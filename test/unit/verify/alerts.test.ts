import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Alert } from "../../../clients/prometheus/alerts.ts";
import labSite from "../../../config/sites/lab.ts";
import { alertsNow, alertText, newAlerts } from "../../../engine/verify/alerts.ts";

const alert = (alertname: string, state: Alert["state"] = "firing", labels: object = {}): Alert => ({
	state,
	labels: { alertname, ...labels },
});

test("alerts are new by all of their labels, in any order, and by whether they fire", () => {
	const before = [
		alert("Watchdog"),
		alert("Down", "firing", { pod: "a", job: "x" }),
		alert("Late", "pending"),
		alert("Slow", "pending"),
		alert("Mended"),
	];
	const now = [
		alert("Watchdog"),
		{ state: "firing", labels: { job: "x", pod: "a", alertname: "Down" } } as const,
		alert("Down", "firing", { pod: "b", job: "x" }),
		alert("Late"),
		alert("Slow", "pending"),
		alert("Soon", "pending"),
	];
	const { firing, pending } = newAlerts(before, now);
	expect(firing.map(alertText)).toEqual(["Down (pod=b, job=x)", "Late"]);
	expect(pending.map(alertText)).toEqual(["Soon"]);
});

describe("a Prometheus", () => {
	async function asked(status: number, body: string) {
		const server = createServer(({ url }, response) =>
			response.writeHead(url === "/api/v1/alerts" ? status : 404).end(body),
		);
		onTestFinished(() => void server.close());
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		return siteAt((server.address() as AddressInfo).port);
	}
	const siteAt = (http: number) =>
		alertsNow({
			monitoring: labSite.monitoring,
			endpoints: { prometheus: { host: "127.0.0.1", ports: { http }, purpose: "Queries" } },
		});

	test("tells its alerts", async () => {
		const body = JSON.stringify({ status: "success", data: { alerts: [alert("Down")] } });
		expect(await asked(200, body)).toEqual({ alerts: [alert("Down")] });
	});

	test.each([
		["refuses", 401, "no"],
		["is another server", 200, "<html>"],
		["has no alerts in its answer", 200, '{"status":"success","data":{}}'],
	])("that %s is not known to be quiet", async (_, status, body) => {
		expect(await asked(status, body)).toEqual({
			unknown: expect.stringMatching(/answers \d+, with no alerts$/),
		});
	});

	test("that is away is not known to be quiet", async () => {
		// A port that no program of another test gets, and no connection leaves from.
		expect(await siteAt(2)).toEqual({
			unknown: "http://127.0.0.1:2 cannot be reached: ECONNREFUSED",
		});
	});
});
