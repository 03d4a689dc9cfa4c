import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { loadSite } from "../../../config/load-site.ts";
import type { WriteFile } from "../../../constructs/storage/hypervisor/cloud-init/cloud-config.ts";
import { provisionFile } from "../../../constructs/storage/hypervisor/cloud-init/provision.ts";
import { needs } from "../harness/needs.ts";

needs("systemd-analyze", "nginx", "root");

const folder = mkdtempSync(join(tmpdir(), "infra-registry-"));
afterAll(() => rmSync(folder, { recursive: true }));

const site = await loadSite("home");
const written: readonly WriteFile[] = parse(provisionFile("image-registry", site)).write_files;

test("systemd accepts every unit of the registry", () => {
	const units = written.filter(({ path }) => path.startsWith("/etc/systemd/system/"));
	// Docker itself is not installed here; that its unit and its program are named is what can be checked.
	const all = [...units, { path: "docker.service", content: "[Service]\nExecStart=/bin/true\n" }];
	mkdirSync(join(folder, "units"));
	const files = all.map(({ path, content }) => {
		const file = join(folder, "units", basename(path));
		writeFileSync(file, content.replaceAll("/usr/bin/docker", "/bin/true"));
		return file;
	});
	const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], {
		encoding: "utf8",
		env: { ...process.env, SYSTEMD_UNIT_PATH: `${join(folder, "units")}:` },
	});
	expect({ units: units.length, status, stderr }).toEqual({ units: 5, status: 0, stderr: "" });
});

test("nginx accepts the configuration in front of the caches", () => {
	const config = written.find(({ path }) => path.endsWith("nginx.conf"));
	writeFileSync(join(folder, "nginx.conf"), config?.content ?? "");
	const names = Object.keys(site.hypervisor.imageRegistry.caches);
	writeFileSync(join(folder, "hosts"), names.map((name) => `127.0.0.1 ${name}\n`).join(""));
	// A view of the file system of its own: the caches have names there, and what nginx makes is gone afterwards.
	const script =
		'mount --bind hosts /etc/hosts && mount -t tmpfs tmpfs /var/cache && mkdir /var/cache/nginx && exec nginx -t -c "$PWD/nginx.conf"';
	const { status, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script], {
		cwd: folder,
		encoding: "utf8",
	});
	expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("test is successful") });
});
