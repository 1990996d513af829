#!/usr/bin/env python3
"""Who is let in over tcp, and what for: keys, rights, responsibilities; as a vendor with a CURVE client meets them."""

import os
import shutil
import socket as sockets
import stat
import unittest

import zmq.auth

from keyed import *

ENDED_S = 1.0  # a key that was taken away opens nothing after this


class Security(KeyedTest):
    def wait_for_log(self, duban, service, text):
        wait_until(f"{text} in the log of {service}", lambda: text in duban.log_path(service).read_text())

    def test_an_added_key_works_live_and_a_removed_one_no_more(self):
        duban = self.begin()
        self.make_key(duban, "parks", unit="parks-office", divisions="410102", submit="MeasurementReported", topics="update.410102.")
        client = self.key_client(duban, "parks")
        self.assertIsNone(client.head("ingest", retry=False))
        self.wait_for_log(duban, "ingest", "KEY-REFUSED")
        client.forget("ingest")

        shutil.copy(duban.directory / "clients/parks", duban.directory / "rights")
        client.wait_for_service("ingest")
        self.assertEqual(client.outcome(measured("1", "benches", "2", "2020-03-01")), "ACCEPTED")
        stored, _ = read_event(self.connect(duban).replay("updates")[0][-1])
        self.assertEqual(stored.attributes["sender"].ce_string, "parks")

        subscription = client.subscribe("update.410102.")
        (duban.directory / "rights/parks").unlink()
        ended = time.monotonic() + ENDED_S
        wait_until("the key opens nothing", lambda: client.error("ingest", requests_pb2.Request(head=requests_pb2.HeadRequest())) == "NOT_ALLOWED",
                   patience_s=ENDED_S)
        time.sleep(max(0, ended - time.monotonic()))
        self.connect(duban).submit([measured("2", "benches", "2", "2020-03-01")])
        subscription.take()
        heads = len(subscription.heads)
        subscription.heads.clear()
        time.sleep(0.3)  # fifteen heads, for everybody who may hear them
        subscription.take()
        self.assertEqual((heads, subscription.heads, [topic for topic, _ in subscription.received]), (3, set(), []))

    def test_only_who_has_a_key_and_knows_the_services_gets_anywhere(self):
        duban = self.begin()
        self.let_in(duban, "known", topics="*").wait_for_service("ingest")
        stranger = self.key_client(duban, "stranger", zmq.curve_keypair())
        self.assertIsNone(stranger.head("ingest", retry=False))
        plain = Client(duban)
        self.addCleanup(plain.close)
        plain.endpoint = lambda service, kind="front": f"tcp://127.0.0.1:{duban.ports[service, kind]}"
        self.assertIsNone(plain.head("ingest", retry=False))
        deceived = self.key_client(duban, "known")
        deceived.prepare = lambda socket, service: (setattr(socket, "curve_serverkey", zmq.curve_keypair()[0]),
                                                    setattr(socket, "curve_publickey", deceived.own[0]),
                                                    setattr(socket, "curve_secretkey", deceived.own[1]))
        self.assertIsNone(deceived.head("ingest", retry=False))

    def test_no_rights_and_no_folder_let_nobody_in(self):
        duban = self.begin()
        client = self.let_in(duban, "known", topics="*")
        client.wait_for_service("ingest")
        (duban.directory / "rights").rename(duban.directory / "away")
        self.wait_for_log(duban, "ingest", "RIGHTS-UNREADABLE")
        head = requests_pb2.Request(head=requests_pb2.HeadRequest())
        self.assertEqual(client.error("ingest", head), "NOT_ALLOWED")
        (duban.directory / "rights").mkdir()
        time.sleep(0.5)
        self.assertEqual(client.error("ingest", head), "NOT_ALLOWED")
        (duban.directory / "rights").rmdir()
        (duban.directory / "away").rename(duban.directory / "rights")
        wait_until("the key works again", lambda: client.error("ingest", head) is None)

    def test_two_keys_of_one_client_while_they_are_exchanged(self):
        duban = self.begin()
        rights = {"unit": "parks-office", "divisions": "410102", "submit": "MeasurementReported"}
        old = self.let_in(duban, "parks-2025", name="parks", **rights)
        new = self.let_in(duban, "parks-2026", name="parks", **rights)
        for client, id in ((old, "1"), (new, "2")):
            client.wait_for_service("ingest")
            self.assertEqual(client.outcome(measured(id, "benches", "1", "2020-03-01")), "ACCEPTED")
        senders = [read_event(body)[0].attributes["sender"].ce_string for body in self.connect(duban).replay("updates")[0][1:]]
        self.assertEqual(senders, ["parks", "parks"])
        (duban.directory / "rights/parks-2025").unlink()
        head = requests_pb2.Request(head=requests_pb2.HeadRequest())
        wait_until("the old key has ended", lambda: old.error("ingest", head) == "NOT_ALLOWED")
        self.assertIsNone(new.error("ingest", head))

    def test_one_key_in_two_files_is_nobodys(self):
        duban = self.begin()
        client = self.let_in(duban, "parks", topics="update.")
        client.wait_for_service("ingest")
        self.grant(duban, "parks", topics="update.")
        shutil.copy(duban.directory / "rights/parks", duban.directory / "rights/somebody")
        self.wait_for_log(duban, "ingest", "RIGHTS-KEY-TWICE")
        self.assertEqual(client.error("ingest", requests_pb2.Request(head=requests_pb2.HeadRequest())), "NOT_ALLOWED")

    def test_what_the_rights_and_the_responsibility_of_a_unit_let_it_send(self):
        duban = self.begin()
        rights = {"divisions": "410102", "submit": "*", "sources": "/vendor"}
        parks = self.let_in(duban, "parks", unit="parks-office", **rights)
        finance = self.let_in(duban, "finance", unit="finance", **rights)
        supervision = self.let_in(duban, "supervision", unit="supervision", **rights)
        reader = self.let_in(duban, "reader", topics="*")
        for client in (parks, finance, supervision, reader):
            client.wait_for_service("ingest")

        _, plan = read_event(self.connect(duban).replay("updates")[0][0])
        plan.plan.revision = 2
        adjusted = updates_pb2.TargetAdjusted(division="410102", year=2020, commitment="benches", target="20", decided_by="meeting",
                                              decided_on="2020-03-01")
        self.assertEqual(parks.outcome(event(plan, "plan")), "QUARANTINED NOT_RESPONSIBLE data.plan.supervising_unit")
        self.assertEqual(parks.outcome(event(adjusted, "adjusted")), "QUARANTINED NOT_RESPONSIBLE data.commitment")
        self.assertEqual(parks.outcome(measured("1", "spent", "1", "2020-03-01", unit="万元")), "QUARANTINED NOT_RESPONSIBLE data.measure")
        self.assertEqual(finance.outcome(measured("1", "spent", "1", "2020-03-01", unit="万元")), "ACCEPTED")
        self.assertEqual(finance.outcome(reached("2", "north-park", "started", "2020-03-01")), "QUARANTINED NOT_RESPONSIBLE data.project")
        self.assertEqual(parks.outcome(reached("2", "north-park", "started", "2020-03-01")), "ACCEPTED")
        self.assertEqual(finance.outcome(withdrawn("3", "2")), "QUARANTINED NOT_RESPONSIBLE data.id")
        self.assertEqual(parks.outcome(withdrawn("3", "2")), "ACCEPTED")
        self.assertEqual(parks.outcome(measured("4", "benches", "1", "2020-03-01", division="410103")), "QUARANTINED NOT_ALLOWED data.division")
        self.assertEqual(parks.outcome(measured("5", "benches", "1", "2020-03-01", source="/other")), "QUARANTINED NOT_ALLOWED source")
        self.assertEqual(supervision.outcome(event(plan, "plan")), "ACCEPTED")
        self.assertEqual(supervision.outcome(event(adjusted, "adjusted")), "ACCEPTED")
        self.assertEqual(reader.error("ingest", requests_pb2.Request(submit=requests_pb2.SubmitRequest()),
                                      batch_of([measured("6", "benches", "1", "2020-03-01")])), "NOT_ALLOWED")
        self.grant(duban, "parks", unit="parks-office", divisions="410102", submit="MilestoneReached")
        wait_until("fewer rights", lambda: outcome_of(parks.submit([measured("7", "benches", "1", "2020-03-01")], dry_run=True)[0]) ==
                   "QUARANTINED NOT_ALLOWED type")
        self.assertEqual(parks.outcome(measured("7", "benches", "1", "2020-03-01")), "QUARANTINED NOT_ALLOWED type")

        senders = dict(duban.sql("SELECT id, string_agg(sender, ' ') FROM duban.quarantine GROUP BY id"))
        self.assertEqual(senders, {"2": "finance", "3": "finance"} | dict.fromkeys(["1", "4", "5", "7", "adjusted", "plan"], "parks"))
        duban.settle()
        self.verify(duban)

    def test_subscriptions_replays_and_answers_have_what_may_be_read(self):
        duban = self.begin()
        parks = self.let_in(duban, "parks", topics="update.410102.parks-office. indicator.410102.benches. deadline.410102.parks-office.")
        parks.wait_for_service("ingest")
        wide = parks.subscribe("update.", "indicator.", "deadline.")
        supervision = self.connect(duban)
        everything = supervision.subscribe("update.")
        supervision.submit([reached("1", "north-park", "started", "2020-03-01"), measured("2", "spent", "1", "2020-03-01", unit="万元"),
                            reached("3", "south-park", "started", "2020-03-01")])
        everything.until(3)
        self.assertEqual(len(wide.until(2, "update.")), 2)
        topics = {topic for topic, _ in wide.received if topic.startswith("update.")}
        self.assertEqual(topics, {"update.410102.parks-office.north-park.", "update.410102.parks-office.south-park."})

        duban.settle()
        bodies, head = parks.replay("updates")
        self.assertEqual([read_event(body)[0].id for body in bodies], ["1", "3"])
        self.assertEqual(head.head, 4)
        self.assertEqual(len(supervision.replay("updates")[0]), 4)
        refused = requests_pb2.Request(replay=requests_pb2.ReplayRequest(stream="updates", topic_prefix="update.410102.finance."))
        for service in SERVICES:  # whichever is asked
            self.assertEqual(parks.error(service, refused), "NOT_ALLOWED")
        for stream in ("indicators", "alerts"):
            mine = [body for body in supervision.replay(stream)[0]
                    if (data := read_event(body)[1]) and (getattr(data, "recipient", None) == "parks-office" or
                                                          getattr(data, "indicator", None) == "benches")]
            self.assertEqual(parks.replay(stream)[0], mine)

        rows = parks.query("metrics", indicators=requests_pb2.IndicatorQuery(division="410102")).rows
        self.assertEqual([row.indicator.indicator for row in rows], ["benches"])
        explain = requests_pb2.ExplainQuery(division="410102", year=2020, commitment="benches")
        self.assertIsNone(parks.error("metrics", requests_pb2.Request(explain=explain)))
        explain.commitment = "spending-share"
        self.assertEqual(parks.error("metrics", requests_pb2.Request(explain=explain)), "NOT_ALLOWED")
        roll_ups = requests_pb2.Request(roll_ups=requests_pb2.RollUpQuery(division="41", year=2020))
        self.assertEqual(parks.error("metrics", roll_ups), "NOT_ALLOWED")
        rows = parks.query("notify", deadlines=requests_pb2.DeadlineQuery(division="410102")).rows
        self.assertEqual({row.unit for row in rows}, {"parks-office"})
        self.assertEqual(len(parks.query("notify", units=requests_pb2.UnitQuery(division="410102")).rows), 0)
        rows = parks.query("notify", alerts=requests_pb2.AlertQuery(division="410102")).rows
        self.assertLessEqual({row.alert.recipient for row in rows}, {"parks-office"})

    def test_secret_keys_that_others_may_read_are_refused(self):
        duban = self.prepare()
        secret = duban.directory / "keys/ingest_secret"
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        secret.chmod(0o644)
        process = duban.start_another("ingest")
        self.assertEqual(process.wait(PATIENCE_S), 2)
        log = duban.log_path("ingest-another").read_text()
        self.assertIn("others may reach", log)
        self.assertNotIn(zmq.auth.load_certificate(str(secret))[1].decode(), log)
        secret.unlink()
        self.assertEqual(duban.start_another("ingest").wait(PATIENCE_S), 2)
        again = duban.run("keygen", "--folder", duban.directory / "keys", "metrics")
        self.assertEqual((again.status, "File exists" in again.err), (2, True))

    def test_insecure_is_said_loudly(self):
        duban = self.install()
        port = free_port()
        duban.freeze("2020-03-02")
        duban.set(DUBAN_INGEST_FRONT=f"tcp://127.0.0.1:{port}")
        self.assertEqual(duban.start_another("ingest").wait(PATIENCE_S), 2)
        with open(duban.log_path("ingest"), "ab") as log:
            duban.processes["ingest"] = subprocess.Popen([BIN / "duban-ingest", "--insecure"], env=environment(**duban.settings),
                                                         stdout=log, stderr=log)
        wait_until("insecure", lambda: duban.run("--insecure", "plan", "apply", duban.file("plan.yaml", PLAN)).status == 0)
        self.assertIn("INSECURE level=error", duban.log_path("ingest").read_text())
        self.assertNotEqual(duban.run("head").status, 0)  # the command does not go without keys unless it is told to

    def test_the_command_and_certificates_of_other_tools(self):
        duban = self.begin()
        self.make_key(duban, "office", unit="supervision", divisions="410102", submit="*", topics="*")
        shutil.copy(duban.directory / "clients/office", duban.directory / "rights")
        duban.set(DUBAN_KEY=duban.directory / "clients/office_secret",
                  **{f"DUBAN_{s.upper()}_{k.upper()}": f"tcp://127.0.0.1:{p}" for (s, k), p in duban.ports.items()})
        wait_until("the key is let in", lambda: duban.run("head").status == 0)
        self.assertIn("benches", duban.must("status"))
        reports = duban.file("reports.csv", "measure,value,unit,observed_on\nbenches,3,个,2020-03-01\n")
        self.assertIn("1 accepted", duban.must("submit", "--division", "410102", "--source", "/office", reports))
        self.assertIn("MeasurementReported", duban.must("replay", "update."))
        zmq.auth.create_certificates(str(duban.directory / "clients"), "pyzmq")
        public = (duban.directory / "clients/pyzmq.key").read_text()  # the administrator adds the rights
        (duban.directory / "rights/pyzmq").write_text(public.replace("metadata\n", "metadata\n    name = pyzmq\n    topics = update.\n"))
        client = self.key_client(duban, "pyzmq", zmq.auth.load_certificate(str(duban.directory / "clients/pyzmq.key_secret")))
        client.wait_for_service("ingest")
        self.assertEqual(len(client.replay("updates")[0]), 2)

    def test_a_routing_id_of_ones_own_choosing_is_refused(self):
        duban = self.begin()
        client = self.connect(duban)
        chosen = client.context.socket(zmq.DEALER)
        chosen.setsockopt(zmq.ROUTING_ID, b"me")
        chosen.setsockopt(zmq.LINGER, 0)
        chosen.connect(client.endpoint("ingest"))
        client.sockets["ingest", zmq.DEALER] = chosen
        frames = client.exchange("ingest", [requests_pb2.Request(request_id="1", head=requests_pb2.HeadRequest()).SerializeToString()])
        self.assertEqual(requests_pb2.Reply.FromString(frames[0]).error.code, "MALFORMED_REQUEST")


if __name__ == "__main__":
    unittest.main()
