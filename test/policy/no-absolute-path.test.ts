import { afterEach, expect, it, vi } from "vitest";
import { noAbsolutePath } from "../../constructs/policy/rules/no-absolute-path.ts";
import { stackOf, worldOf } from "./world.ts";

afterEach(() => vi.restoreAllMocks());

const mounted = (path: string) =>
	worldOf(stackOf({ kubernetes_pod_v1: { spec: { container: { volume_mount: { mount_path: path } } } } }));

it("takes a path of one segment for one inside the container", () => {
	vi.spyOn(process, "cwd").mockReturnValue("/app");
	expect([...noAbsolutePath.check(mounted("/app/data"))]).toEqual([]);
});

it("takes a longer path for one of this machine, in a container as well", () => {
	vi.spyOn(process, "cwd").mockReturnValue("/builds/infra");
	expect([...noAbsolutePath.check(mounted("/builds/infra/data"))]).toMatchObject([
		{ argument: "spec.container.volume_mount.mount_path" },
	]);
});
