// Makes the replica set, the roles and two users: `admin`, who may do all, and `bot`, who may do what the service needs
// (deploy/mongo/roles.js). Run by `mongo-init` in compose.yaml, at each start and before each new version: what is
// there stays, and roles become those of the version.
//
//   MONGO_MEMBERS   the members, with commas between them; the first is the one whose network this is run in
//   SECRETS_DIR     where the passwords are (/run/secrets)
//   ROLES           the script that makes the roles (/roles/roles.js)

const { readFileSync } = require("fs");

const secrets = process.env.SECRETS_DIR || "/run/secrets";
const members = process.env.MONGO_MEMBERS.split(",");
const port = members[0].split(":")[1];
const passwordOf = (user) => readFileSync(`${secrets}/mongo_${user}_password`, "utf8").trim();

// A member that is away for two seconds is replaced: a turn of a member of ours lasts no longer.
const set = {
  _id: "rs0",
  members: members.map((host, n) => ({ _id: n, host, priority: n === 0 ? 2 : 1 })),
  settings: { electionTimeoutMillis: 2000 },
};

function admin() {
  const password = encodeURIComponent(passwordOf("admin"));
  const uri = `mongodb://admin:${password}@${members.join(",")}/?replicaSet=rs0&serverSelectionTimeoutMS=5000`;
  return new Mongo(uri).getDB("admin");
}

function isThere() {
  try {
    return admin().runCommand({ ping: 1 }).ok === 1;
  } catch (error) {
    return false;
  }
}

function found() {
  // Until there is a user, whoever comes from the member's own machine may make the first one.
  const first = new Mongo(`mongodb://127.0.0.1:${port}/?directConnection=true`).getDB("admin");
  try {
    first.runCommand({ replSetInitiate: set });
    print(`The replica set has ${members.length} members.`);
  } catch (error) {
    if (error.codeName !== "AlreadyInitialized") throw error;
  }
  while (!first.hello().isWritablePrimary) sleep(200);
  first.createUser({ user: "admin", pwd: passwordOf("admin"), roles: ["root"] });
}

if (!isThere()) found();

const everything = admin();
const config = everything.runCommand({ replSetGetConfig: 1 }).config;
if (config.members.some((each) => each.priority !== 1)) {
  // The first had to be primary until it had a user. From here on all are alike, or each failover would be two.
  config.members.forEach((each) => (each.priority = 1));
  config.version += 1;
  everything.runCommand({ replSetReconfig: config });
}
db = everything; // for the script
load(process.env.ROLES || "/roles/roles.js");
const roles = ["savings_program", "savings_backup"];
if (everything.getUser("bot")) {
  everything.updateUser("bot", { pwd: passwordOf("bot"), roles });
} else {
  everything.createUser({ user: "bot", pwd: passwordOf("bot"), roles });
}
print("MongoDB is ready.");
