import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ControlPlaneFiles } from "../../../lab/control-plane.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-control-plane-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ports = {
	etcd: 10_001,
	etcdPeer: 10_002,
	api: 10_003,
	controllers: 10_004,
	scheduler: 10_005,
	kwok: 10_006,
};
new ControlPlaneFiles(folder, ports);
const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("controllers and scheduler have rights of their own, not the administrator's", () => {
	const users = read("tokens.csv")
		.trimEnd()
		.split("\n")
		.map((line) => line.split(","));
	expect(users.map(([, user, , group]) => [user, group])).toEqual([
		["admin", '"system:masters"'],
		["kwok", '"system:masters"'],
		["system:kube-controller-manager", '""'],
		["system:kube-scheduler", '""'],
	]);
	const { users: sent } = JSON.parse(read("scheduler.json"));
	expect(sent[0].user.token).toBe(users[3]?.[0]);
});
