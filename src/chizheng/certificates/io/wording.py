"""What files, pictures and fonts say when they do not fit."""

from __future__ import annotations

from typing import Final

from chizheng.kernel.wording import Wording

FAULTS: Final = {
    "no_font": Wording(
        zh="没有证书字体；请安装 justmytype-intl-cjk",
        en="The certificate font is missing; install justmytype-intl-cjk",
    ),
    "qr_too_large": Wording(
        zh="内容 {length} 个字符，二维码放不下", en="{length} characters do not fit the QR code"
    ),
    "qr_differs": Wording(
        zh="证书 {number} 的二维码读回后与签发内容不一致，不予放行",
        en="The QR code of certificate {number} reads back differently; not released",
    ),
    "unreadable_picture": Wording(
        zh="“{name}”打不开：不是可读的图片或 PDF，或者过大",
        en="'{name}' cannot be opened: no readable picture or PDF, or too large",
    ),
    "no_qr_found": Wording(
        zh="“{name}”中没有找到证书二维码；请换清晰的图片，或输入编号和姓名核验",
        en="No certificate QR code found in '{name}'; use a sharper picture, or check by number and name",
    ),
    "several_certificates": Wording(
        zh="“{name}”里有 {count} 张证书，这里一次核验一张；请分开提交，或用批量核验",
        en="There are {count} certificates in '{name}' and one is checked at a time; part them, or check them as a batch",
    ),
    "too_many_pages": Wording(
        zh="“{name}”有 {pages} 页，一次最多核验 {most} 页；请拆开后再核验",
        en="'{name}' has {pages} pages; at most {most} are checked at once, so split it first",
    ),
    "empty_file": Wording(zh="“{name}”里没有内容", en="There is nothing in '{name}'"),
    "bad_photo": Wording(zh="照片不是可读的图片", en="The photograph is not a readable picture"),
    "bad_trust_file": Wording(
        zh="信任文件“{name}”的“{field}”有误：{what}", en="Trust file '{name}', '{field}': {what}"
    ),
    "bad_pkcs12": Wording(
        zh="PKCS#12 文件或口令不对，无法取得签章密钥",
        en="The PKCS#12 file or its passphrase is wrong; no key was read",
    ),
    "no_file": Wording(zh="找不到文件“{name}”", en="No such file: '{name}'"),
    "bad_sheet": Wording(zh="表格“{name}”读不出来：{what}", en="Sheet '{name}' cannot be read: {what}"),
    "sheet_columns": Wording(
        zh="表格“{name}”缺少“{column}”列；第一行应有：证书编号、姓名（可加：校验码、二维码）",
        en="Sheet '{name}' lacks column '{column}'; its first row needs: number, name "
        "(and may have: check code, QR)",
    ),
    "too_many_rows": Wording(
        zh="表格“{name}”有 {rows} 行，一次最多 {most} 行",
        en="'{name}' has {rows} rows; at most {most} at once",
    ),
    "remote_address": Wording(
        zh="“{address}”不能用于联网核验：须是 https 地址（本机可用 http）",
        en="'{address}' cannot be asked: an https address is needed (http only on this machine)",
    ),
    "nothing_to_verify": Wording(
        zh="没有给出要核验的内容；例如：chizheng verify 证书.pdf --trust trust.json",
        en="Nothing to verify; for example: chizheng verify certificate.pdf --trust trust.json",
    ),
    "no_trust": Wording(
        zh="离线核验需要信任文件（--trust 文件，或环境变量 CHIZHENG_TRUST）；联网核验用 --online 地址",
        en="An offline check needs a trust file (--trust FILE, or CHIZHENG_TRUST); "
        "an online one --online URL",
    ),
    "no_roots": Wording(
        zh="信任名单“{name}”须由已知的根签名：用 --root 给出根公钥（可多个）",
        en="Trust list '{name}' must be signed by known roots: give their keys with --root",
    ),
    "no_register": Wording(
        zh="按编号核验需要注册库：--online 地址，或 --register 文件（每行一个二维码文字）",
        en="A check by number needs a register: --online URL, or --register FILE (one QR text a line)",
    ),
    "sheet_and_out": Wording(zh="--sheet 与 --out 须一起使用", en="--sheet and --out are used together"),
    "bad_date": Wording(
        zh="“{value}”不是日期，应为 2026-11-24 的形式", en="'{value}' is no date; write 2026-11-24"
    ),
    "log_fetch_failed": Wording(
        zh="取不到日志文件 {path}（{what}）；已取到的留在目录里，稍后重新运行即接着取",
        en="Cannot fetch {path} of the log ({what}); what was fetched stays, run it again to go on",
    ),
    "remote_failed": Wording(
        zh="联网核验失败（{what}）；请稍后再试，或用信任文件离线核验",
        en="Online check failed ({what}); try later, or check offline with a trust file",
    ),
}
