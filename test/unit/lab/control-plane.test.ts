import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ControlPlaneFiles } from "../../../cli/lab/control-plane.ts";

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
const files = new ControlPlaneFiles(folder, ports);
const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("only the owner of the lab reads its keys and tokens", () => {
	const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o077]);
	expect(modes).toContainEqual(["accounts.key", 0]);
	expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
});

test("every program listens on loopback, each at ports of its own", () => {
	const programs = [
		files.etcd,
		files.apiServer,
		files.controllers,
		files.scheduler,
		files.kwok("stages.yaml"),
	];
	const listening = programs.map(({ args }) => {
		const flags = args.filter((arg) => /^--(listen-|bind-|secure-|server-address)/.test(arg));
		return flags.map((flag) => flag.replace(/^--[^=]+=/, ""));
	});
	expect(listening).toEqual([
		["http://127.0.0.1:10001", "http://127.0.0.1:10002"],
		["127.0.0.1", "10003"],
		["127.0.0.1", "10004"],
		["127.0.0.1", "10005"],
		["127.0.0.1:10006"],
	]);
});

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
	expect(new Set(users.map(([token]) => token)).size).toBe(4);
	const { users: sent } = JSON.parse(read("scheduler.json"));
	expect(sent[0].user.token).toBe(users[3]?.[0]);
});
