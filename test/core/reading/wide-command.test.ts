import { describe, expect, test } from '@jest/globals';
import { wideCommand } from '../../../src/core/reading/wide-command.js';

const of = (text: string) => wideCommand(text.split(' '));

describe('a pattern for a command that may allow any other', () => {
  test.each([
    'sh **',
    'bash -c *',
    '/bin/bash /opt/scripts/*',
    'env **',
    'xargs *',
    'find /var/log -name *',
    'awk * /etc/hosts',
    'python3 *',
    'python3.11 *',
    '/usr/local/bin/python3.12 **',
    'perl -e *',
    'tar -xf *',
    'git **',
    'ssh orders-*',
    'sudo **',
    'docker exec orders *',
    'kubectl exec orders-* -- id',
    'kubectl ** ',
    'kubectl * pods',
    'kubectl -n orders *',
    'systemctl edit orders-*',
    'timeout 5 *',
  ])('%s runs what its open words say', (text) => {
    expect(of(text.trim())).toMatch(/^".+" runs other programs, and ".*\*.*" leaves open which\./);
  });

  test.each(['less /var/log/orders', 'vi *', '/usr/bin/man systemctl', 'psql orders'])(
    '%s gives a shell however it is started',
    (text) => {
      expect(of(text)).toMatch(/can give whoever sits before it a shell/);
    },
  );

  test.each(['bash', 'python3', '/bin/sh'])('%s is a shell by itself', (text) => {
    expect(of(text)).toMatch(/without further words is a shell/);
  });

  test.each([
    'systemctl restart orders-*',
    'journalctl -u orders-* **',
    'bash /opt/scripts/restart.sh',
    'find /var/log -name orders.log',
    'sudo systemctl restart orders',
    'git pull',
    'kubectl get pods **',
    'kubectl logs orders-*',
    'kubectl -n orders get *',
    'constructor *',
    'envoy *',
  ])('%s is not known to', (text) => {
    expect(of(text)).toBeNull();
  });
});
