import { addHours } from 'date-fns/addHours';
import type { GivenAtUse } from '../../lab/acme/guarded.js';
import { starterTree } from '../../lab/acme/policy.js';

/*
 * The fixture of AuthZEN's certification scenario (github.com/openid/authzen,
 * certification/authorization-api-1_0-scenario.md, "Required Fixture") as a policy tree and grants. What it lets people
 * do, grants let them; what it denies because of properties, two rules deny.
 */

const RECORD = `provider: guarded
type: record
owners: [payments]
roles:
  reader: { actions: [read] }
  writer: { actions: [read, write, delete] }
environments: { production: {} }
`;

const ENFORCEMENT = `points:
  records:
    speaks: authzen
    guards:
      - { resource: record-1, environments: [production] }
      - { resource: record-2, environments: [production] }
    environment: production
    subject: person
    credential: token
`;

const PEOPLE = `people:
  alice: { github_id: 101 }
  bob: { github_id: 102, properties: { role: admin } }
`;

const rule = (name: string, body: string) => ({
  [`access/rules/every/${name}/${name}.rego`]: `# METADATA
# schemas:
#   - input: schema["input.use"]
package access.rules.every.${name}

${body}`,
});

const ARCHIVED = `use_deny contains {"rule": "every/archived", "message": "Only an admin writes what is archived."} if {
	input.action.name == "write"
	input.resource.properties.status == "archived"
	not admin
}

admin if input.subject.properties.role == "admin"
`;

const SOFT = `use_deny contains {"rule": "every/soft", "message": "Records are deleted softly."} if {
	input.action.name == "delete"
	not soft
}

soft if input.action.properties.soft == true
`;

export const certifiedPolicy: Readonly<Record<string, string>> = {
  ...starterTree.files,
  'identities.yaml': PEOPLE,
  'enforcement.yaml': ENFORCEMENT,
  'catalog/record-1.yaml': RECORD,
  'catalog/record-2.yaml': RECORD,
  ...rule('archived', ARCHIVED),
  ...rule('soft', SOFT),
};

/** Alice writes both records; bob reads the first and writes the second. */
export function certifiedGrants(now: Date): readonly GivenAtUse[] {
  const window = {
    starts_at: addHours(now, -1).toISOString(),
    ends_at: addHours(now, 3).toISOString(),
  };
  const give = (login: string, id: number, resource: string, role: string): GivenAtUse => ({
    id: `access-grants/production/${login}-${resource}.yml@c0ffee`,
    ...{ subject: { id, login }, environment: 'production', resource, role, window },
  });
  return [
    give('alice', 101, 'record-1', 'writer'),
    give('alice', 101, 'record-2', 'writer'),
    give('bob', 102, 'record-1', 'reader'),
    give('bob', 102, 'record-2', 'writer'),
  ];
}
