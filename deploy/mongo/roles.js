// The roles of this version, with the least rights. An administrator runs it before it starts:
//   mongosh "$ADMIN_URI" --file roles.js
// It makes what is missing and changes what is another; users keep theirs.
//   savings_program: web, worker and scheduler; the scheduler that makes backups has backup too
//   savings_backup: reads all, and the oplog; tries a restore in a database of its own
//   savings_restore: fills the database from a backup, by hand; nobody has it otherwise
//   savings_export: reads books and groups, for reports; no people, no numbers, no hashes
//   savings_metrics: reads how the servers and the collections are, and no document
// Written by `python -m bot database roles`.
const roles = {
  "savings_program": [
    {"resource": {"db": "savings", "collection": "accounts"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "addresses"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "answered"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "api_tokens"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "arrivals"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "attendance"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "audit"}, "actions": ["find", "insert", "update", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "audit_heads"}, "actions": ["find", "insert", "update", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "broadcasts"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "cases"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "differences"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "codes"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "commands"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "consents"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "constitutions"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "contests"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "declarations"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "deployment"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "digests"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "early_reports"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "entries"}, "actions": ["find", "insert", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "figures"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "exports"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "file_parts"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "fines"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "forgotten"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "grants"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "group_days"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "groups"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "inbound"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "incidents"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "invitations"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "leases"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "letters"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "limits"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "loans"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "meetings"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "memberships"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "notices"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "paid"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "papers"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "payments"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "people"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "prepared_loans"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "programmes"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "proposals"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "provider_ids"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "receipts"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "reminder_rounds"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "referral_codes"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "referrals"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "rotas"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "runs"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "schema"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "share_outs"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "staff"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "stamps"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "stuck"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "tombstones"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "upload_findings"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "upload_groups"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "uploads"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": "web_sessions"}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats"]},
    {"resource": {"db": "savings", "collection": ""}, "actions": ["listCollections", "listIndexes", "dbStats"]},
    {"resource": {"cluster": true}, "actions": ["replSetGetStatus", "serverStatus"]}
  ],
  "savings_backup": [
    {"resource": {"db": "savings", "collection": ""}, "actions": ["find", "listCollections", "listIndexes", "collStats", "dbStats"]},
    {"resource": {"db": "local", "collection": "oplog.rs"}, "actions": ["find"]},
    {"resource": {"db": "savings_restore_test", "collection": ""}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats", "dropCollection", "collMod", "convertToCapped", "dropDatabase", "renameCollectionSameDB", "listCollections", "listIndexes", "dbStats"]},
    {"resource": {"cluster": true}, "actions": ["getParameter"]}
  ],
  "savings_restore": [
    {"resource": {"db": "savings", "collection": ""}, "actions": ["find", "insert", "update", "remove", "createCollection", "createIndex", "dropIndex", "indexStats", "collStats", "dropCollection", "collMod", "convertToCapped", "dropDatabase", "renameCollectionSameDB", "listCollections", "listIndexes", "dbStats"]},
    {"resource": {"cluster": true}, "actions": ["applyOps"]}
  ],
  "savings_export": [
    {"resource": {"db": "savings", "collection": "accounts"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "arrivals"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "attendance"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "audit_heads"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "broadcasts"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "cases"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "differences"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "constitutions"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "contests"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "declarations"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "deployment"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "entries"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "figures"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "exports"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "fines"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "grants"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "group_days"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "groups"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "incidents"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "leases"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "loans"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "meetings"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "memberships"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "paid"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "payments"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "prepared_loans"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "programmes"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "proposals"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "receipts"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "reminder_rounds"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "referral_codes"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "referrals"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "rotas"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "runs"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "schema"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "share_outs"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "stamps"}, "actions": ["find"]},
    {"resource": {"db": "savings", "collection": "uploads"}, "actions": ["find"]}
  ],
  "savings_metrics": [
    {"resource": {"db": "savings", "collection": ""}, "actions": ["collStats", "dbStats", "indexStats", "listCollections"]},
    {"resource": {"cluster": true}, "actions": ["replSetGetStatus", "serverStatus"]}
  ]
};
const admin = db.getSiblingDB("admin");
for (const [name, privileges] of Object.entries(roles)) {
  if (admin.getRole(name)) {
    admin.updateRole(name, { privileges, roles: [] });
  } else {
    admin.createRole({ role: name, privileges, roles: [] });
  }
  print(name);
}
