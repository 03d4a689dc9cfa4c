const command = 'for i in $(seq 3000); do test -e "$INFRA_TEST_GO" && exit; sleep 0.2; done';

/**
 * An object that is made once the file is there which `INFRA_TEST_GO` names; ten minutes at most, which is longer than
 * whatever a test does meanwhile takes on a busy machine.
 */
export const slowObject = (input: string) => ({ input, provisioner: [{ "local-exec": { command } }] });
