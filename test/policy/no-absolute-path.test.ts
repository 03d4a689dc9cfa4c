import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { noAbsolutePath } from "../../rules/catalogue/no-absolute-path.ts";
import { stackOf, worldOf } from "./world.ts";

afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
	syncBuiltinESMExports();
});

/** Where the project lies, and what HOME says. */
type Machine = readonly [project: string, home: string];

/** The folders of this machine that the rule finds below, for one text each. */
function found([project, home]: Machine, world: ReturnType<typeof worldOf>): string[] {
	vi.spyOn(process, "cwd").mockReturnValue(project);
	vi.stubEnv("HOME", home);
	return [...noAbsolutePath.check(world)].map(({ message }) =>
		message.replace(/^.* lies below (.*) of this machine$/s, "$1"),
	);
}

const backend = (path: string) => worldOf({ terraform: { backend: { local: { path } } } });
const mounted = (path: string) =>
	worldOf(stackOf({ kubernetes_pod_v1: { spec: { container: { volume_mount: { mount_path: path } } } } }));
const chart = (path: string) => worldOf(stackOf({ helm_release: { name: "web", chart: path } }));

describe("a path that only this machine has", () => {
	it.each<[what: string, machine: Machine, path: string, expected: string[]]>([
		["in the project", ["/srv/infra", "/home/alice"], "/srv/infra/state", ["/srv/infra"]],
		["in the home", ["/srv/infra", "/home/alice"], "/home/alice/state", ["/home/alice"]],
		[
			"in a project in the home",
			["/home/alice/infra", "/home/alice"],
			"/home/alice/infra/state",
			["/home/alice/infra"],
		],
		[
			"beside a project in the home",
			["/home/alice/infra", "/home/alice"],
			"/home/alice/infra-two/state",
			["/home/alice"],
		],
		[
			"in a home in the project",
			["/srv/infra", "/srv/infra/home"],
			"/srv/infra/home/state",
			["/srv/infra/home"],
		],
		["in a project that is the home", ["/home/alice", "/home/alice"], "/home/alice/state", ["/home/alice"]],
		[
			"in a home with a slash at its end",
			["/srv/infra", "/home/alice/"],
			"/home/alice/state",
			["/home/alice"],
		],
		["in a home of one segment", ["/srv/infra", "/root"], "/root/state", ["/root"]],
		[
			"in a folder with a blank",
			["/home/al ice/infra", "/home/al ice"],
			"/home/al ice/state",
			["/home/al ice"],
		],
		["after one that begins alike", ["/srv/infra", "/"], "/srv/infra-two:/srv/infra/state", ["/srv/infra"]],
		[
			"and both, in one text",
			["/home/alice/infra", "/home/alice"],
			"/home/alice/a:/home/alice/infra/b",
			["/home/alice/infra"],
		],
	])("is reported once: %s", (_, machine, path, expected) => {
		expect(found(machine, backend(path))).toEqual(expected);
	});

	it.each<[what: string, machine: Machine, path: string]>([
		["a longer name that begins alike", ["/srv/infra", "/home/alice"], "/srv/infra-two/state"],
		["a longer name in another script", ["/srv/infra", "/home/jo"], "/home/joë/state"],
		["the same name further down", ["/srv/infra", "/home/alice"], "/mnt/srv/infra/state"],
		["the home of any user", ["/srv/infra", "/home/alice"], "~/state"],
		["any path, when the home is the root", ["/srv/infra", "/"], "/etc/state"],
		["any path, when the project is the root", ["/", "/home/alice"], "/etc/state"],
		["any path, when HOME is empty", ["/srv/infra", ""], "/etc/state"],
		["a relative one, when HOME is relative", ["/srv/infra", "home"], "home/state"],
	])("is not %s", (_, machine, path) => {
		expect(found(machine, backend(path))).toEqual([]);
	});

	it("is reported in a container when it lies in the project", () => {
		expect(found(["/builds/infra", "/root"], mounted("/builds/infra/data"))).toEqual(["/builds/infra"]);
		expect(found(["/root/infra", "/root"], mounted("/root/infra/data"))).toEqual(["/root/infra"]);
	});

	it("is reported where Terraform reads a file of this machine", () => {
		expect(found(["/srv/infra", "/home/alice"], chart("/home/alice/charts/web"))).toEqual(["/home/alice"]);
	});
});

describe("a path of a container", () => {
	it.each<[what: string, machine: Machine, path: string]>([
		["the project has one segment", ["/app", "/home/alice"], "/app/data"],
		["the home is the root", ["/srv/infra", "/"], "/data"],
		["the home is that of root", ["/root/infra", "/root"], "/root/.cache"],
		["the home is that of the web server", ["/var/www/infra", "/var/www"], "/var/www/html"],
		["the user has the name of one in the container", ["/home/node/infra", "/home/node"], "/home/node/app"],
	])("is let pass when %s", (_, machine, path) => {
		expect(found(machine, mounted(path))).toEqual([]);
	});

	it("is let pass in the values of a chart and in the first start of a machine", () => {
		const world = worldOf(
			stackOf({
				helm_release: { name: "web", values: ["home: /home/node/app\n"] },
				proxmox_virtual_environment_file: { source_raw: { data: "homedir: /home/node\n" } },
			}),
		);
		expect(found(["/home/node/infra", "/home/node"], world)).toEqual([]);
	});
});

it("needs no home: a user without an entry has none", () => {
	vi.spyOn(os, "homedir").mockImplementation(() => {
		throw new Error("uv_os_homedir returned ENOENT (no such file or directory)");
	});
	syncBuiltinESMExports();
	expect(found(["/srv/infra", ""], backend("/srv/infra/state"))).toEqual(["/srv/infra"]);
});
