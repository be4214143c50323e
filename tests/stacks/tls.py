"""What a browser needs in front of the emulator: `tls.py EMULATOR TLS PHONE`, three ports of this machine.

Doorcode's pages are at https, since the cookies' prefix `__Host-` asks for it, and the emulator speaks http. Behind the
port TLS is the emulator with a certificate that nobody signed; behind PHONE is a page that shows the texts that the
emulator keeps, newest first, with the marks by which the browser test reads the local program's page of texts.
"""

import asyncio
import datetime
import html
import json
import ssl
import sys
import tempfile
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

EMULATOR, TLS, PHONE = (int(port) for port in sys.argv[1:4])


def certificate():
    """A key and a certificate for it, as servers read them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return plain + builder.sign(key, hashes.SHA256()).public_bytes(pem)


async def carry(reader, writer):
    """Carries bytes until there are no more."""
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def relay(reader, writer):
    """One connection of the browser, and its connection to the emulator."""
    behind, before = await asyncio.open_connection("127.0.0.1", EMULATOR)
    await asyncio.gather(carry(reader, before), carry(behind, writer))


def texts():
    """All texts, oldest first."""
    with urllib.request.urlopen(f"http://127.0.0.1:{EMULATOR}/_ministack/sns/sms-messages") as answer:
        lists = json.load(answer)
    found = []

    def collect(value):
        if isinstance(value, dict) and "PhoneNumber" in value:
            found.append(value)
        elif isinstance(value, (dict, list)):
            for each in value.values() if isinstance(value, dict) else value:
                collect(each)

    collect(lists)
    return found


def item(text):
    """A text in the list."""
    message = html.escape(text["Message"])
    digits = message.rsplit("#", 1)[1]
    number = html.escape(text["PhoneNumber"])
    return f'<li><p class="to">{number}</p><pre class="text">{message}</pre><p class="digits">{digits}</p></li>'


async def phone(reader, writer):
    """Answers with the texts, which are looked at again each second."""
    try:
        await reader.readuntil(b"\r\n\r\n")
        items = "".join(item(text) for text in reversed(await asyncio.to_thread(texts)))
        page = f'<!doctype html><link rel="icon" href="data:,"><meta http-equiv="refresh" content="1">' \
            f'<title>Texts</title><ul id="messages">{items}</ul>'
        body = page.encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + body)
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def main():
    """Serves until it is ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(certificate())
        file.flush()
        context.load_cert_chain(file.name)
    await asyncio.start_server(relay, "127.0.0.1", TLS, ssl=context)
    server = await asyncio.start_server(phone, "127.0.0.1", PHONE)
    await server.serve_forever()


asyncio.run(main())
